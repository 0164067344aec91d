/** Reads streams with the runtime's `fetch`, doing the same work. */
import { monotonicMs } from '../../src/benchmark/clock.js';
import { type ClientReading, chatBody, givenLoad, reading, readLoad } from './stream-load.js';

interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content?: string } }[];
  readonly usage?: { readonly completion_tokens: number };
}

const load = givenLoad();

async function read(nonce: string, maxTokens: number): Promise<ClientReading> {
  const startMs = monotonicMs();
  const response = await fetch(`${load.url}/v1/chat/completions`, {
    method: 'POST',
    // One that is kept would be used again just as a closing server ends it.
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify(chatBody(nonce, maxTokens)),
  });
  if (response.body === null) throw new Error('the answer has no body');
  const stampsMs: number[] = [];
  let completionTokens: number | undefined;
  let rest = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const nowMs = monotonicMs();
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data: ') || line === 'data: [DONE]') continue;
      const chunk: Chunk = JSON.parse(line.slice('data: '.length));
      if (chunk.choices[0]?.delta.content) stampsMs.push(nowMs);
      completionTokens = chunk.usage?.completion_tokens ?? completionTokens;
    }
  }
  return reading(nonce, startMs, stampsMs, completionTokens);
}

await readLoad(load, read);
