/** Reads streams with the `openai` package, doing the same work. */
import OpenAI from 'openai';
import { monotonicMs } from '../../src/benchmark/clock.js';
import { type ClientReading, givenLoad, reading, readLoad } from './stream-load.js';

const load = givenLoad();
const client = new OpenAI({ baseURL: `${load.url}/v1`, apiKey: 'none', maxRetries: 0 });

async function read(nonce: string, maxTokens: number): Promise<ClientReading> {
  const startMs = monotonicMs();
  const stream = await client.chat.completions.create({
    model: 'fake-model',
    messages: [{ role: 'user', content: `${nonce} Where do rivers go?` }],
    max_tokens: maxTokens,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
  });
  const stampsMs: number[] = [];
  let completionTokens: number | undefined;
  for await (const chunk of stream) {
    if (chunk.choices[0]?.delta.content) stampsMs.push(monotonicMs());
    completionTokens = chunk.usage?.completion_tokens ?? completionTokens;
  }
  return reading(nonce, startMs, stampsMs, completionTokens);
}

await readLoad(load, read);
