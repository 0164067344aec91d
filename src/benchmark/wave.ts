/** The streams of one run of a test that were open at once: a single one, except in a load test. */

import { mean } from './figures/statistics.js';
import type { RequestResult } from './result.js';

/** Stamps are `monotonicMs`. */
export interface TimeSpan {
  readonly startMs: number;
  readonly endMs: number;
}

export interface StreamRun extends TimeSpan {
  readonly result: RequestResult;
  /** Of the first and the last token; `undefined` where none came. */
  readonly tokens: TimeSpan | undefined;
}

export type Wave = readonly StreamRun[];

/** A wave in which a stream failed says nothing of a load: the others had the server to themselves. */
export function isWhole(wave: Wave): boolean {
  return wave.every(({ result }) => result.success);
}

/** With what only a look at all streams can tell. */
export function judgedWave(wave: Wave): Wave {
  if (isWhole(wave)) return wave.map((stream) => (wasQueued(stream, wave) ? queued(stream) : stream));
  return wave.map(({ result, ...stream }) => ({
    ...stream,
    result: result.success ? { ...result, flags: [...result.flags, 'partial_wave'] } : result,
  }));
}

/**
 * Whether the stream got its first token only after another of its wave had got its last: the server had no slot for it
 * before. Where arrival times are no good, nothing can be said.
 */
function wasQueued(stream: StreamRun, wave: Wave): boolean {
  const { result, tokens } = stream;
  if (tokens === undefined || !result.success || result.flags.includes('arrivals_clumped')) return false;
  const others = wave.filter((other) => other !== stream);
  return others.some((other) => other.tokens !== undefined && other.tokens.endMs <= tokens.startMs);
}

function queued({ result, ...stream }: StreamRun): StreamRun {
  if (!result.success) return { ...stream, result };
  const { ttft_s } = result;
  return { ...stream, result: { ...result, ttft_s: null, queued_ttft_s: ttft_s, prefill_tps: null } };
}

/** Mean decode speed of a wave's streams; `undefined` where it is unknown. */
export function waveSpeed(wave: Wave): number | undefined {
  return mean(wave.flatMap(({ result }) => (result.success && result.tps !== null ? [result.tps] : [])));
}

/**
 * Tokens per second of all streams together, over the time from a wave's first send to its last token; of several waves
 * their tokens over their times. `undefined` where no wave was whole.
 */
export function aggregateSpeed(waves: readonly Wave[]): number | undefined {
  let tokens = 0;
  let seconds = 0;
  for (const wave of waves.filter(isWhole)) {
    const span = enclosing(wave.map(({ startMs, tokens: got, endMs }) => ({ startMs, endMs: got?.endMs ?? endMs })));
    if (span === undefined) continue;
    tokens += wave.reduce((sum, { result }) => sum + (result.success ? result.completion_tokens : 0), 0);
    seconds += (span.endMs - span.startMs) / 1000;
  }
  return seconds > 0 ? tokens / seconds : undefined;
}

/** From the first start to the last end; `undefined` of none. */
export function enclosing(spans: readonly TimeSpan[]): TimeSpan | undefined {
  if (spans.length === 0) return undefined;
  return {
    startMs: Math.min(...spans.map(({ startMs }) => startMs)),
    endMs: Math.max(...spans.map(({ endMs }) => endMs)),
  };
}
