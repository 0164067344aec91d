/** Counts the runs of schedules that did not take place. */
import type { Skip } from '../jobs/schedule.js';
import type { ScheduleSkipReason } from '../shared/skip-reason.js';

export class SkipTally {
  readonly #counts = new Map<string, number>();

  /** To be given to the schedules as what they tell skips to. */
  readonly onSkip = (schedule: string, { reason, count }: Pick<Skip, 'reason' | 'count'>): void => {
    this.#counts.set(keyOf(schedule, reason), this.count(schedule, reason) + count);
  };

  /** Since the agent started. */
  count(schedule: string, reason: ScheduleSkipReason): number {
    return this.#counts.get(keyOf(schedule, reason)) ?? 0;
  }
}

function keyOf(schedule: string, reason: ScheduleSkipReason): string {
  return `${reason} ${schedule}`;
}
