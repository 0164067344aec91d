/** Counts the runs of schedules that did not take place. */
import type { Skip } from '../jobs/schedule.js';
import type { ScheduleSkipReason } from '../shared/skip-reason.js';

export class SkipTally {
  readonly #counts = new Map<string, number>();
  /** In milliseconds since the epoch. */
  readonly #lastAtMs = new Map<string, number>();

  /** To be given to the schedules as what they tell skips to. */
  readonly onSkip = (schedule: string, { reason, count, at }: Pick<Skip, 'reason' | 'count' | 'at'>): void => {
    this.#lastAtMs.set(keyOf(schedule, reason), at.getTime());
    this.#counts.set(keyOf(schedule, reason), this.count(schedule, reason) + count);
  };

  /** Since the agent started. */
  count(schedule: string, reason: ScheduleSkipReason): number {
    return this.#counts.get(keyOf(schedule, reason)) ?? 0;
  }

  /** When the last one was, in milliseconds since the epoch; `undefined` where there was none since the agent started. */
  lastAtMs(schedule: string, reason: ScheduleSkipReason): number | undefined {
    return this.#lastAtMs.get(keyOf(schedule, reason));
  }
}

function keyOf(schedule: string, reason: ScheduleSkipReason): string {
  return `${reason} ${schedule}`;
}
