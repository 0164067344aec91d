/** The events of a streamed chat answer, read while it arrives and with limits: for answers that people read. */

import * as z from 'zod';
import { failureInStream } from '../benchmark/client/failure.js';
import { parsedJson } from '../benchmark/json-text.js';
import { ServerError } from '../servers/server-error.js';

/** What one event brings. `finish` is the server's reason to end. */
export interface ChatEvent {
  readonly text: string;
  readonly finish: string | undefined;
}

// Far above what any server sends for a token or for a whole answer.
const MAX_LINE_CHARACTERS = 2 ** 20;
const MAX_ANSWER_BYTES = 32 * 2 ** 20;

/** Cuts a body into its lines; throws `ServerError` where a line or the whole never ends. */
export async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  let received = 0;
  for await (const bytes of body) {
    received += bytes.length;
    if (received > MAX_ANSWER_BYTES) throw endless(`more than ${MAX_ANSWER_BYTES} bytes`);
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARACTERS) throw endless(`a line of more than ${MAX_LINE_CHARACTERS} characters`);
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function endless(met: string): ServerError {
  return new ServerError('bad_response', `The answer does not end: it has ${met}.`);
}

const choice = z.looseObject({
  delta: z.looseObject({ content: z.string().nullish() }).nullish(),
  finish_reason: z.string().nullish(),
});
const chunkSchema = z.looseObject({ choices: z.array(choice).nullish() });

/**
 * What a `data:` line says; `done` for the mark that ends a stream, `undefined` for a line that says nothing. Throws
 * `ServerError` where it tells of an error or is no chunk.
 */
export function chatEventIn(line: string): ChatEvent | 'done' | undefined {
  if (!line.startsWith('data:')) return undefined;
  const data = line.slice('data:'.length).trim();
  if (data === '[DONE]') return 'done';
  if (data === '') return undefined;
  const value = parsedJson(data);
  if (isError(value)) throw new ServerError('bad_response', failureInStream(value).detail ?? 'The model failed.');
  const chunk = chunkSchema.safeParse(value);
  if (!chunk.success) {
    throw new ServerError('bad_response', `Expected a chunk of an answer, got ${data.slice(0, 200)}`);
  }
  const [first] = chunk.data.choices ?? [];
  return { text: first?.delta?.content ?? '', finish: first?.finish_reason ?? undefined };
}

/** An error is `{error: …}` or `{object: "error", message: …}`. */
function isError(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ('error' in value && value.error !== null) || ('object' in value && value.object === 'error');
}
