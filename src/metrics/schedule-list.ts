/** The schedules as they were a moment ago: finding when a cron expression is due next takes a millisecond each. */
import type { ScheduleState } from '../jobs/schedule.js';

const KEPT_MS = 10_000;

/** Reads anew every ten seconds, and as soon as one has come due or the configuration (`version`) is another. */
export function scheduleList(options: {
  readonly list: () => readonly ScheduleState[];
  readonly version: () => unknown;
  readonly now: () => Date;
}): () => readonly ScheduleState[] {
  let known: { readonly states: readonly ScheduleState[]; readonly version: unknown; fromMs: number; untilMs: number };
  known = { states: [], version: undefined, fromMs: 0, untilMs: Number.NEGATIVE_INFINITY };
  return () => {
    const nowMs = options.now().getTime();
    const version = options.version();
    if (known.version === version && known.fromMs <= nowMs && nowMs < known.untilMs) return known.states;
    const states = options.list();
    const due = states.flatMap(({ nextRun }) => nextRun?.getTime() ?? []);
    known = { states, version, fromMs: nowMs, untilMs: Math.min(nowMs + KEPT_MS, ...due) };
    return states;
  };
}
