/** How far apart a schedule's runs lie. */

import { type CronTiming, nextRun, previousRun } from '../jobs/cron.js';
import { HOUR_MS } from '../shared/units.js';

/** A week, whatever the time of day at which it begins. */
const LOOKED_AT_HOURS = 8 * 24;
/** A pause shorter than this may be missed, where it is not between all runs. */
const STEP_HOURS = 6;

/**
 * The longest time between two runs within the next week, in milliseconds: of an uneven schedule the pause that nobody
 * is to be alarmed by, such as a weekend. `undefined` where it is not due again. Takes some ten milliseconds.
 */
export function scheduleIntervalMs(schedule: CronTiming, now: Date): number | undefined {
  let longestMs: number | undefined;
  for (let hours = 0; hours < LOOKED_AT_HOURS; hours += STEP_HOURS) {
    const next = nextRun(schedule, new Date(now.getTime() + hours * HOUR_MS));
    const previous = next === undefined ? undefined : previousRun(schedule, next);
    if (next === undefined || previous === undefined) continue;
    longestMs = Math.max(longestMs ?? 0, next.getTime() - previous.getTime());
  }
  return longestMs;
}
