import { backOffMs } from '../shared/back-off.js';

const BACK_OFF = { firstMs: 5000, longestMs: 15 * 60_000 };
/** A server that asks for more is asked again all the same: it may have meant somebody else. */
const LONGEST_ASKED_MS = 24 * 3_600_000;

export interface RetryWait {
  /** 0 … 1. */
  readonly random: () => number;
  /** For how long the other side asked to be left alone. */
  readonly askedMs?: number | undefined;
}

/**
 * How long to wait after so many failures in a row: 5 s, doubled each time up to 15 min, of which a random half, so
 * that many agents do not come back at once. Never sooner than the other side asked for, up to a day.
 */
export function retryWaitMs(failures: number, { random, askedMs = 0 }: RetryWait): number {
  const fullMs = backOffMs(failures, BACK_OFF);
  return Math.round(Math.max(Math.min(askedMs, LONGEST_ASKED_MS), fullMs * (0.5 + random() / 2)));
}
