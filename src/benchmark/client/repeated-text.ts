/** Reads events that differ from an earlier one in their text alone without cutting or parsing them again. */
import type { ChatChunk } from './chat-protocol.js';

/** A chunk that was parsed, and the bytes around its text. */
interface Known {
  readonly chunk: ChatChunk;
  readonly before: string;
  readonly after: string;
}

const PLAIN_ASCII = /^[ !#-[\]-~]+$/;
// What a string of JSON cannot hold as it is (RFC 8259, section 7), and some control characters that it can.
const NOT_PLAIN = /["\\\p{Cc}]/u;

/**
 * Servers write the same bytes around each piece of an answer: names and JSON, which are read once. Where the next event
 * has the same bytes around a plain text it is the same chunk with that text, whatever those bytes mean: a string in the
 * place of another. What is learnt must have been read from nothing but the bytes of one event.
 */
export interface RepeatedText {
  /** `body`: all bytes of an event that was read as `chunk`, a character for each. */
  learn(body: string, chunk: ChatChunk): void;
  /** What others are held against. */
  readonly chunk: ChatChunk | undefined;
  /**
   * The text of the event between two places of bytes, a character for each, where it is `chunk` but for its text;
   * `undefined` where it has to be read.
   */
  wordsOf(text: string, from: number, to: number): string | undefined;
}

/** Its state lies in variables, since each token asks: see `receivedBytes`. */
export function repeatedText(): RepeatedText {
  let before = '';
  let beforeLength = 0;
  let after = '';
  let afterLength = 0;
  let chunk: ChatChunk | undefined;
  return {
    learn: (body, read) => {
      const known = knownChunk(body, read);
      if (known === undefined) return;
      ({ before, after, chunk } = known);
      beforeLength = before.length;
      afterLength = after.length;
    },
    get chunk() {
      return chunk;
    },
    wordsOf: (text, from, to) => {
      const begin = from + beforeLength;
      const end = to - afterLength;
      if (end <= begin || chunk === undefined) return undefined;
      // What is long is compared sooner as a string of its own than a character after the other.
      if (text.slice(from, begin) !== before || !text.startsWith(after, end)) return undefined;
      const words = text.slice(begin, end);
      return PLAIN_ASCII.test(words) ? words : decodedWords(words);
    },
  };
}

/** `undefined` of a string that does not mean what stands there. */
function decodedWords(bytes: string): string | undefined {
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
  return { chunk, before: body.slice(0, at + 1), after: body.slice(at + text.length - 1) };
}
