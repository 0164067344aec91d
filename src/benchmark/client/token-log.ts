import type { RepeatedText } from './repeated-text.js';
import type { TokenChunk } from './request-timings.js';

/** The tokens of one answer and the reads that brought them, as they are found in it. */
export interface TokenLog {
  readonly chunks: readonly TokenChunk[];
  /** Of one read, or of a piece of it: pieces with the same stamp are one read. */
  countRead(atMs: number, isCut: boolean): void;
  add(atMs: number, words: string): void;
  /** What follows was not pushed yet: whether it may be taken by `takeSpan`. */
  pushed(mayRepeat: boolean): void;
  /**
   * Takes the event between two places of bytes, a character for each, where it repeats an earlier one but for its text;
   * false of all others.
   */
  takeSpan(text: string, from: number, to: number, atMs: number): boolean;
  /** Share of the reads that ended in the middle of a line, 0 to 1. */
  cutReads(): number;
  text(): string;
}

/**
 * `onRepeated` is called with the first event that `takeSpan` takes after one that was pushed. Its state lies in variables,
 * since each token asks: see `receivedBytes`.
 */
export function tokenLog(repeated: RepeatedText, onRepeated: () => void): TokenLog {
  const { wordsOf } = repeated;
  const chunks: TokenChunk[] = [];
  const texts: string[] = [];
  let count = 0;
  let reads = 0;
  let cutReads = 0;
  let readAtMs = Number.NaN;
  let wasCut = false;
  let mayRepeat = false;
  let wasPushed = false;
  const countRead = (atMs: number, isCut: boolean) => {
    if (atMs !== readAtMs) reads += 1;
    else if (wasCut) cutReads -= 1;
    if (isCut) cutReads += 1;
    readAtMs = atMs;
    wasCut = isCut;
  };
  const add = (atMs: number, words: string) => {
    chunks[count] = { atMs, characters: words.length };
    texts[count] = words;
    count += 1;
  };
  return {
    chunks,
    countRead,
    add,
    pushed: (isBetweenEvents) => {
      mayRepeat = isBetweenEvents;
      wasPushed = true;
    },
    takeSpan: (text, from, to, atMs) => {
      if (!mayRepeat) return false;
      const words = wordsOf(text, from, to);
      if (words === undefined) return false;
      if (wasPushed) {
        wasPushed = false;
        onRepeated();
      }
      countRead(atMs, false);
      add(atMs, words);
      return true;
    },
    cutReads: () => cutReads / reads,
    text: () => texts.join(''),
  };
}
