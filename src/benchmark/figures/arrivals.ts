/**
 * Whether the stamps of an answer's chunks tell when its tokens were made. Proxies pass on 4 to 16 KB at a time, some
 * servers send a finished answer as if it were a stream, networks hold back and catch up: a speed taken from such stamps
 * without asking was wrong by up to 400 times.
 */
import type { TokenChunk } from '../client/request-timings.js';
import { type Mark, marksOf, READING_MS } from './marks.js';
import { mean, sampleStandardDeviation } from './statistics.js';

export interface Answer {
  /** When the request was handed over. */
  readonly startMs: number;
  /** Never empty. */
  readonly chunks: readonly TokenChunk[];
  readonly completionTokens: number;
  /** `undefined` where nobody knows. */
  readonly promptTokens: number | undefined;
  /** How long the only token of another answer in this run was waited for; `undefined` where nobody knows. */
  readonly idleWaitMs?: number | undefined;
  /** Share of the reads that ended in the middle of an event, 0 to 1. */
  readonly cutReads: number;
}

export interface Arrivals {
  /** Tokens and the time they took, from which the decode speed is; `undefined` where the stamps do not tell. */
  readonly decode: { readonly tokens: number; readonly seconds: number } | undefined;
  /** Whether the first chunk came when it was made. */
  readonly isFirstTrue: boolean;
  /** The stamps are not those of the generation: what they do not tell is unknown, or the server's to say. */
  readonly isClumped: boolean;
  /** Tokens in what came first. */
  readonly firstTokens: number;
  /** Whether nearly every chunk came at a moment of its own. */
  readonly areApart: boolean;
}

export function arrivalsOf(answer: Answer): Arrivals {
  const { chunks } = answer;
  const marks = marksOf(answer);
  let single = 0;
  for (let index = 0; index < marks.length; index += 1) if (marks[index]?.chunks === 1) single += 1;
  const alone = single / chunks.length;
  const inClumps = alone < MOSTLY;
  const common = { firstTokens: marks[0]?.tokens ?? 0, areApart: alone >= APART };
  const window = trustedWindow(answer.startMs, marks, inClumps);
  if (window === undefined) {
    const isClumped = chunks.length > 1;
    return { decode: undefined, isFirstTrue: !isClumped, isClumped, ...common };
  }
  const { first, last, isLate } = window;
  const decode = { tokens: last.tokens - first.tokens, seconds: (last.atMs - first.atMs) / 1000 };
  if ((inClumps && !isSteady(window)) || isBurst(answer, marks, { ...decode, inClumps })) {
    return { decode: undefined, isFirstTrue: false, isClumped: true, ...common };
  }
  const isFirstTrue = !isLate && isPrompt(answer, marks, { ...decode, inClumps });
  return { decode, isFirstTrue, isClumped: !isFirstTrue, ...common };
}

// Below these shares of its chunks a stream has too many that came together.
const APART = 0.9;
const MOSTLY = 0.5;

interface Window {
  readonly first: Mark;
  readonly last: Mark;
  /** Marks from the first to the last. */
  readonly marks: readonly Mark[];
  /** The very first mark is not the window's: it came late. */
  readonly isLate: boolean;
}

// What was held back is so many tokens at least, and comes so many times faster than the rest; at the end, where the pause
// before it shows as well, than all together.
const HELD_BACK_LEAST = 4;
const HELD_BACK_SHARE = 0.05;
const CATCHING_UP_FIRST = 4;
const REST_LEAST = 2;
const CATCHING_UP_LAST = 3;

/**
 * The longest stretch whose two ends came when they were made. What the stream begins with may be the tail of what was
 * held back, and what it ends with too: a client that was paused, a network that lost a packet.
 */
function trustedWindow(startMs: number, all: readonly Mark[], inClumps: boolean): Window | undefined {
  // What comes at the very end may have waited for company; in the middle that harms nothing.
  const waits = all.length > 2 && (inClumps || (all.at(-1)?.chunks ?? 0) > 1);
  const sent = waits ? all.slice(0, -1) : all;
  const least = Math.max(HELD_BACK_LEAST, HELD_BACK_SHARE * (all.at(-1)?.tokens ?? 0));
  const from = firstOwn(startMs, sent, least);
  const marks = sent.slice(from, lastOwn(sent, least) + 1);
  const [first, last] = [marks[0], marks.at(-1)];
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return undefined;
  return { first, last, marks, isLate: from > 0 };
}

/** Index of the first mark behind what had been held back at the beginning. */
function firstOwn(startMs: number, marks: readonly Mark[], least: number): number {
  const [begin, end] = [marks[0], marks.at(-1)];
  if (begin === undefined || end === undefined) return 0;
  return marks.findLastIndex((mark, index) => {
    if (index === 0) return true;
    const held = mark.tokens - begin.tokens;
    const rest = end.tokens - mark.tokens;
    // A pause at the very end makes no burst of all that came before it at its own pace.
    const tells = rest >= least || (rest >= REST_LEAST && mark.atMs - begin.atMs <= READING_MS * held);
    const pace = tokensPerMs(mark, end);
    if (!tells || held < least || tokensPerMs(begin, mark) < CATCHING_UP_FIRST * pace) return false;
    // Only what could have been made since the request: a server may slow down as well.
    return pace * (mark.atMs - startMs) >= held / 2;
  });
}

/** Index of the last mark before what was held back at the end. */
function lastOwn(marks: readonly Mark[], least: number): number {
  const [begin, end] = [marks[0], marks.at(-1)];
  if (begin === undefined || end === undefined) return 0;
  const overall = tokensPerMs(begin, end);
  const held = marks.findIndex((mark, index) => {
    const before = marks[index - 1];
    if (before === undefined || end.tokens - mark.tokens < least) return false;
    if (tokensPerMs(mark, end) < CATCHING_UP_LAST * overall) return false;
    // Only what could have been made while nothing came.
    return overall * (mark.atMs - before.atMs) >= (end.tokens - before.tokens) / 2;
  });
  return held < 2 ? marks.length - 1 : held - 1;
}

function tokensPerMs(a: Mark, b: Mark): number {
  return b.atMs <= a.atMs ? Number.POSITIVE_INFINITY : (b.tokens - a.tokens) / (b.atMs - a.atMs);
}

// Each end of the window is off by a token at most, so that many tokens bound the error of the speed.
const CLUMPS_LEAST = 4;
const CLUMPED_TOKENS_LEAST = 40;
const SPEED_ERROR_ALLOWED = 0.05;
// With independent delays of the ends, from the deviation of a clump from the line between two others: twice the standard
// deviation of a difference of two, √2, over that of one less the mean of two others, √1.5.
const ENDS_ERROR = (2 * Math.SQRT2) / Math.sqrt(1.5);
// Far enough apart to see delays that several clumps share, near enough for a speed that changes along the answer.
const NEIGHBOURS_APART = 1 / 8;

// So many clumps at such equal distances are the steps of a server or of a clock, whatever each brings.
const STEPS_LEAST = 10;
const STEPS_VARIATION = 0.2;

/**
 * Clumps that are passed on as they fill come when the last token of each is made: then each comes on the line between
 * those around it, and their speed is true, whatever each of them holds. How far they are off it bounds its error.
 */
function isSteady({ first, last, marks }: Window): boolean {
  if (marks.length < CLUMPS_LEAST || last.tokens - first.tokens < CLUMPED_TOKENS_LEAST) return false;
  return comesInSteps(marks) || ENDS_ERROR * offLineMs(marks) <= SPEED_ERROR_ALLOWED * (last.atMs - first.atMs);
}

function comesInSteps(marks: readonly Mark[]): boolean {
  const gapsMs = marks.slice(1).map(({ atMs }, index) => atMs - (marks[index]?.atMs ?? atMs));
  const [deviation, centre] = [sampleStandardDeviation(gapsMs), mean(gapsMs)];
  if (marks.length < STEPS_LEAST || deviation === undefined || centre === undefined) return false;
  return deviation <= STEPS_VARIATION * centre;
}

/** Standard deviation of the clumps from the lines between those around them, in milliseconds. */
function offLineMs(marks: readonly Mark[]): number {
  const apart = Math.max(1, Math.floor(marks.length * NEIGHBOURS_APART));
  const squares = marks.slice(apart, -apart).map((mark, index) => {
    const [before, after] = [marks[index], marks[index + 2 * apart]];
    if (before === undefined || after === undefined) return 0;
    const share = (mark.tokens - before.tokens) / (after.tokens - before.tokens);
    return (mark.atMs - before.atMs - share * (after.atMs - before.atMs)) ** 2;
  });
  return Math.sqrt(mean(squares) ?? 0);
}

// Beyond the first no server makes tokens; below the second an answer that was waited for that long still came as it was
// made, unless it was cut into pieces of bytes on its way.
const IMPOSSIBLE_TPS = 20_000;
const SUSPICIOUS_TPS = 2000;
const WAIT_LEAST_S = 0.02;
const WAIT_TIMES = 4;
const WAIT_TIMES_IN_PIECES = 2;
const IN_PIECES = 0.5;
// Where it is known what a single token is waited for, the rest of a wait is what counts. Nobody hands over what is
// finished as slowly as the first; the second is what waits differ by without a reason.
const SUSPICIOUS_TPS_BESIDE_IDLE = 300;
const IDLE_SHARE = 0.5;
const UNEXPLAINED_TIMES = 2;

/**
 * An answer that was made before it was sent: for its first token one waits much longer than for all the others. Reading
 * the prompt explains the wait as far as it took no longer for a token than making one does.
 */
function isBurst(
  { startMs, promptTokens = 0, cutReads, idleWaitMs }: Answer,
  marks: readonly Mark[],
  decode: { readonly tokens: number; readonly seconds: number; readonly inClumps: boolean },
): boolean {
  const [begin, end] = [marks[0], marks.at(-1)];
  if (begin === undefined || end === undefined) return false;
  const tps = decode.tokens / decode.seconds;
  if (tps > IMPOSSIBLE_TPS) return true;
  const waitS = (begin.atMs - startMs) / 1000 - promptTokens / tps;
  const lastedS = (end.atMs - begin.atMs) / 1000;
  if (waitS < WAIT_LEAST_S) return false;
  const idleS = (idleWaitMs ?? 0) / 1000;
  const unexplainedS = waitS - idleS;
  if (decode.inClumps && cutReads >= IN_PIECES) return unexplainedS > WAIT_TIMES_IN_PIECES * lastedS;
  if (idleWaitMs === undefined) return tps > SUSPICIOUS_TPS && waitS > WAIT_TIMES * lastedS;
  const isLong = unexplainedS > Math.max(WAIT_LEAST_S, IDLE_SHARE * idleS, UNEXPLAINED_TIMES * lastedS);
  return tps > SUSPICIOUS_TPS_BESIDE_IDLE && isLong;
}

// A first token may be late by so much, and by so much of the time that it took: a client is busy for a moment. Where the
// whole answer comes in clumps, it is not the client that holds them back.
const LATE_S = 0.005;
const LATE_SHARE = 0.1;
const LATE_S_IN_CLUMPS = 0.001;
const LATE_SHARE_IN_CLUMPS = 0.02;

/** Whether what came first did not have to wait for what came with it. */
function isPrompt(
  { startMs }: Answer,
  [begin]: readonly Mark[],
  decode: { readonly tokens: number; readonly seconds: number; readonly inClumps: boolean },
): boolean {
  if (begin === undefined) return false;
  const waited = begin.tokens * (1 - 1 / begin.chunks);
  const lateS = (waited * decode.seconds) / decode.tokens;
  const tookS = (begin.atMs - startMs) / 1000;
  return decode.inClumps
    ? lateS <= Math.max(LATE_S_IN_CLUMPS, LATE_SHARE_IN_CLUMPS * tookS)
    : lateS <= Math.max(LATE_S, LATE_SHARE * tookS);
}
