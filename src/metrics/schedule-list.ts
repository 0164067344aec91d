/** The schedules as they were a moment ago: finding when a cron expression is due next takes a millisecond each. */
import type { ScheduleState } from '../jobs/schedule.js';
import { scheduleIntervalMs } from './schedule-interval.js';

const KEPT_MS = 10_000;

export interface ListedSchedule extends Omit<ScheduleState, 'lastRun' | 'lastSkip'> {
  /** The longest time between two of its runs; `undefined` where it is not due again. */
  readonly intervalMs: number | undefined;
}

/** Reads anew every ten seconds, and as soon as one has come due or the configuration (`version`) is another. */
export function scheduleList(options: {
  readonly list: () => readonly ScheduleState[];
  readonly version: () => unknown;
  readonly now: () => Date;
}): () => readonly ListedSchedule[] {
  let known: { readonly states: readonly ListedSchedule[]; readonly version: unknown; fromMs: number; untilMs: number };
  known = { states: [], version: undefined, fromMs: 0, untilMs: Number.NEGATIVE_INFINITY };
  // An interval stays as long as the expression: looked for once.
  let intervals = new Map<string, number | undefined>();
  return () => {
    const now = options.now();
    const nowMs = now.getTime();
    const version = options.version();
    if (known.version === version && known.fromMs <= nowMs && nowMs < known.untilMs) return known.states;
    const listed = options.list();
    const before = intervals;
    intervals = new Map();
    const states = listed.map(({ schedule, paused, nextRun }) => {
      const key = `${schedule.cron} ${schedule.timezone}`;
      const intervalMs = before.has(key) ? before.get(key) : scheduleIntervalMs(schedule, now);
      intervals.set(key, intervalMs);
      return { schedule, paused, nextRun, intervalMs };
    });
    const due = states.flatMap(({ nextRun }) => nextRun?.getTime() ?? []);
    // While an agent starts its schedules are not in force yet: that none are there is not kept.
    if (states.length === 0) return states;
    known = { states, version, fromMs: nowMs, untilMs: Math.min(nowMs + KEPT_MS, ...due) };
    return states;
  };
}
