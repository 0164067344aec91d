/** Reads streams with the `openai` package, doing the same work. In a package of its own, which this project's installs leave out. */
import OpenAI from 'openai';
import { givenLoad, reading, readLoad } from '../../dist-bench/bench/clients/stream-load.js';
import { monotonicMs } from '../../dist-bench/src/benchmark/clock.js';

const load = givenLoad();
const client = new OpenAI({
  baseURL: `${load.url}/v1`,
  apiKey: 'none',
  maxRetries: 0,
  defaultHeaders: { connection: 'close' },
});

/**
 * @param {string} nonce
 * @param {number} maxTokens
 */
async function read(nonce, maxTokens) {
  const startMs = monotonicMs();
  const stream = await client.chat.completions.create({
    model: 'fake-model',
    messages: [{ role: 'user', content: `${nonce} Where do rivers go?` }],
    max_tokens: maxTokens,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
  });
  const stampsMs = [];
  let completionTokens;
  for await (const chunk of stream) {
    if (chunk.choices[0]?.delta.content) stampsMs.push(monotonicMs());
    completionTokens = chunk.usage?.completion_tokens ?? completionTokens;
  }
  return reading(nonce, startMs, stampsMs, completionTokens);
}

await readLoad(load, read);
