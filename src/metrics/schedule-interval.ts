/** How far apart a schedule's runs lie. */
import { Cron } from 'croner';

const HOUR_MS = 3_600_000;
/** A week, whatever the time of day at which it begins. */
const LOOKED_AT_HOURS = 8 * 24;
/** A pause shorter than this may be missed, where it is not between all runs. */
const STEP_HOURS = 6;

/**
 * The longest time between two runs within the next week, in milliseconds: of an uneven schedule the pause that nobody
 * is to be alarmed by, such as a weekend. `undefined` where it is not due again. Takes some ten milliseconds.
 */
export function scheduleIntervalMs(
  { cron, timezone }: { readonly cron: string; readonly timezone: string },
  now: Date,
): number | undefined {
  const schedule = new Cron(cron, { timezone, mode: '5-part', paused: true });
  let longestMs: number | undefined;
  for (let hours = 0; hours < LOOKED_AT_HOURS; hours += STEP_HOURS) {
    const next = schedule.nextRun(new Date(now.getTime() + hours * HOUR_MS));
    const [previous] = next === null ? [] : schedule.previousRuns(1, next);
    if (next === null || previous === undefined) continue;
    longestMs = Math.max(longestMs ?? 0, next.getTime() - previous.getTime());
  }
  return longestMs;
}
