/** When the chunks of an answer came, those that came together as one. */
import type { TokenChunk } from '../client/request-timings.js';
import { quantile } from './statistics.js';

interface ReadChunks {
  readonly chunks: readonly TokenChunk[];
  readonly completionTokens: number;
}

/** What came at one moment. */
export interface Mark {
  readonly atMs: number;
  readonly chunks: number;
  /** Tokens of the answer so far, with these. */
  readonly tokens: number;
}

// No more than what it takes to hand over what is already there, such as several writes of one step of the server: so
// long, or such a share of the mean time between two chunks.
const TOGETHER_MS = 0.15;
const TOGETHER_SHARE = 0.1;

/** `chunks` is never empty. */
export function marksOf({ chunks, completionTokens }: ReadChunks): readonly Mark[] {
  const first = firstChunkTokens(chunks, completionTokens);
  const each = (completionTokens - first) / Math.max(1, chunks.length - 1);
  const lastedMs = (chunks.at(-1)?.atMs ?? 0) - (chunks[0]?.atMs ?? 0);
  const inBursts = areBursts(chunks);
  const togetherMs = inBursts
    ? (PAUSE_TIMES * lastedMs) / (chunks.length - 1)
    : Math.max(TOGETHER_MS, (TOGETHER_SHARE * lastedMs) / chunks.length);
  const marks: Mark[] = [];
  let markAtMs = 0;
  let together = 0;
  let beforeMs = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < chunks.length; index += 1) {
    const atMs = chunks[index]?.atMs ?? beforeMs;
    const isTogether = atMs - beforeMs <= togetherMs;
    together = isTogether ? together + 1 : 1;
    // A burst is there with its first: the others are only read after it.
    if (!isTogether || !inBursts) markAtMs = atMs;
    marks[isTogether ? marks.length - 1 : marks.length] = {
      atMs: markAtMs,
      chunks: together,
      tokens: first + each * index,
    };
    beforeMs = atMs;
  }
  return marks;
}

/** From each chunk to the next, in milliseconds. */
export function gapsMsOf(chunks: readonly TokenChunk[]): Float64Array {
  const gapsMs = new Float64Array(Math.max(0, chunks.length - 1));
  let beforeMs = chunks[0]?.atMs ?? 0;
  for (let index = 1; index < chunks.length; index += 1) {
    const atMs = chunks[index]?.atMs ?? beforeMs;
    gapsMs[index - 1] = atMs - beforeMs;
    beforeMs = atMs;
  }
  return gapsMs;
}

// Bursts may be read at a pace that is almost a stream's. What tells them from one are the pauses between them: so many at
// least, so much longer than the mean gap, with so much of the time. Independent delays would make half as much. A server's
// own pauses leave it its pace between them, slower than a client reads what is there.
const PAUSES_LEAST = 4;
const PAUSE_TIMES = 3;
const PAUSES_SHARE = 0.4;
/** More than a client takes from one read to the next of what is there. */
export const READING_MS = 0.5;

function areBursts(chunks: readonly TokenChunk[]): boolean {
  const gapsMs = gapsMsOf(chunks);
  const count = gapsMs.length;
  let lastedMs = 0;
  for (let index = 0; index < count; index += 1) lastedMs += gapsMs[index] ?? 0;
  const leastMs = (PAUSE_TIMES * lastedMs) / count;
  let pauses = 0;
  let pausesMs = 0;
  for (let index = 0; index < count; index += 1) {
    const gapMs = gapsMs[index] ?? 0;
    if (gapMs <= leastMs) continue;
    pauses += 1;
    pausesMs += gapMs;
  }
  if (pauses < PAUSES_LEAST || pausesMs < PAUSES_SHARE * lastedMs) return false;
  return (
    (quantile(
      gapsMs.filter((gapMs) => gapMs <= leastMs),
      0.5,
    ) ?? 0) <= READING_MS
  );
}

// A chunk is a token where their numbers agree so well.
const CHUNK_IS_TOKEN = 0.02;

export function areTokens(chunks: readonly TokenChunk[], completionTokens: number): boolean {
  return Math.abs(chunks.length - completionTokens) <= CHUNK_IS_TOKEN * completionTokens;
}

const MUCH_LONGER = 4;

/** Tokens in the first chunk, which were not decoded after it came. */
function firstChunkTokens(chunks: readonly TokenChunk[], n: number): number {
  const count = chunks.length;
  if (count >= n) return n / count;
  // One more than there are chunks is an end token without words.
  if (count === n - 1 || areTokens(chunks, n)) return 1;
  if (count === 1) return n;
  const total = charactersIn(chunks);
  const share = (part: number) => (n * part) / total;
  const begin = chunks[0]?.characters ?? 0;
  const middle = chunks.slice(1, -1);
  // With speculative decoding the prefill makes one token, each step after it several.
  if (middle.length > 0 && begin < charactersIn(middle) / middle.length / MUCH_LONGER) return Math.max(1, share(begin));
  // All of one size but the last, which holds the rest: so many at least, and so many at most.
  const equal = share(charactersIn(chunks.slice(0, -1)) / (count - 1));
  return Math.min(Math.max(equal, n / count), (n - 1) / (count - 1));
}

function charactersIn(chunks: readonly TokenChunk[]): number {
  return chunks.reduce((sum, { characters }) => sum + characters, 0);
}
