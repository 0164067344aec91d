/** Reads events that differ from an earlier one in their text alone without cutting or parsing them again. */
import type { ChatChunk } from './chat-protocol.js';

/** Bytes of a body as text, a character for each of them, so that they are compared fast and at any place. */
export interface BodySpan {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** A chunk that was parsed, and the bytes around its text. */
interface Known {
  readonly chunk: ChatChunk;
  readonly before: string;
  readonly after: string;
  readonly isReasoning: boolean;
}

const PLAIN_ASCII = /^[ !#-[\]-~]+$/;
// What a string of JSON cannot hold as it is (RFC 8259, section 7), and some control characters that it can.
const NOT_PLAIN = /["\\\p{Cc}]/u;

/**
 * Servers write the same bytes around each piece of an answer: names and JSON, which are read once. Where the next event
 * has the same bytes around a plain text it is the same chunk with that text, whatever those bytes mean: a string in the
 * place of another. What is learnt must have been read from nothing but the bytes of one event.
 */
export class RepeatedText {
  #known: Known | undefined;

  /** `body`: all bytes of an event that was read as `chunk`, a character for each. */
  learn(body: string, chunk: ChatChunk): void {
    this.#known = knownChunk(body, chunk) ?? this.#known;
  }

  /** What these bytes say; `undefined` where they have to be read. */
  chunkOf({ text, from, to }: BodySpan): ChatChunk | undefined {
    if (this.#known === undefined) return undefined;
    const { before, after, chunk, isReasoning } = this.#known;
    const begin = from + before.length;
    const end = to - after.length;
    if (end <= begin || !text.startsWith(before, from) || !text.startsWith(after, end)) return undefined;
    const words = plainWords(text.slice(begin, end));
    if (words === undefined) return undefined;
    return {
      kind: 'chunk',
      answer: isReasoning ? '' : words,
      reasoning: isReasoning ? words : '',
      finishReason: undefined,
      usage: undefined,
      object: chunk.object,
    };
  }
}

/** `undefined` of a string that does not mean what stands there. */
function plainWords(bytes: string): string | undefined {
  if (PLAIN_ASCII.test(bytes)) return bytes;
  const words = Buffer.from(bytes, 'latin1').toString('utf8');
  return NOT_PLAIN.test(words) ? undefined : words;
}

/** `undefined` of a chunk that has more than a text, or whose bytes may hold that text in another place. */
function knownChunk(body: string, chunk: ChatChunk): Known | undefined {
  const { answer, reasoning, finishReason, usage } = chunk;
  if (finishReason !== undefined || usage !== undefined || (answer === '') === (reasoning === '')) return undefined;
  // Without a backslash every string of it stands there as it is.
  if (body.includes('\\')) return undefined;
  const text = Buffer.from(`"${answer}${reasoning}"`).toString('latin1');
  const at = body.indexOf(text);
  if (at === -1 || body.indexOf(text, at + 1) !== -1) return undefined;
  const isReasoning = answer === '';
  return { chunk, before: body.slice(0, at + 1), after: body.slice(at + text.length - 1), isReasoning };
}
