/** When a result is too old to be shown as the machine's current speed. */

import { nextRuns, previousRun } from '../../jobs/cron.js';
import { DAY_MS } from '../../shared/units.js';

export interface StaleSettings {
  readonly metrics: { readonly staleAfterMs: number | undefined };
  readonly schedules: readonly {
    readonly cron: string;
    readonly timezone: string;
    readonly targets: 'all' | readonly string[];
  }[];
}

const STALE_WITHOUT_SCHEDULE_MS = 3 * DAY_MS;
const INTERVALS = 3;
// Cron fields have no seconds; a run that starts at its tick must count that tick as passed.
const TICK_MS = 1000;

/**
 * The time, in milliseconds since the epoch, from which a result of `target` seen at `seenAtMs` is stale:
 * `metrics.stale_after` later; without that, after the time from the tick before it to the third tick after it, which
 * for an even schedule is three intervals and spans nights and weekends for an uneven one. With several schedules the
 * slowest counts, because a weekly full run must outlive the hourly quick ones. Three days without a schedule.
 */
export function staleAtMs(target: string, seenAtMs: number, { metrics, schedules }: StaleSettings): number {
  if (metrics.staleAfterMs !== undefined) return seenAtMs + metrics.staleAfterMs;
  const covering = schedules.filter(({ targets }) => targets === 'all' || targets.includes(target));
  const lifetimes = covering.map((schedule) => threeIntervalsMs(schedule, seenAtMs));
  return seenAtMs + (lifetimes.length === 0 ? STALE_WITHOUT_SCHEDULE_MS : Math.max(...lifetimes));
}

function threeIntervalsMs(schedule: StaleSettings['schedules'][number], seenAtMs: number): number {
  const before = previousRun(schedule, new Date(seenAtMs + TICK_MS));
  const after = nextRuns(schedule, new Date(seenAtMs), INTERVALS).at(INTERVALS - 1);
  if (after === undefined) return STALE_WITHOUT_SCHEDULE_MS;
  return after.getTime() - Math.min(before?.getTime() ?? seenAtMs, seenAtMs);
}
