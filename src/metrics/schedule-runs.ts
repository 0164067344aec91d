/** When each schedule has measured something last. */
import type { Job } from '../jobs/job.js';

export class ScheduleRuns {
  /** By trigger, in milliseconds since the epoch. */
  readonly #endedAtMs = new Map<string, number>();

  /** `jobs`: those of before the start, newest first, so that a restart forgets nothing. */
  constructor(jobs: readonly Job[]) {
    for (const job of jobs.toReversed()) this.onEnd(job);
  }

  /** To be told of every job as it ends: the last one counts, whatever the clock said at one before. One that was cancelled or interrupted has measured nothing. */
  readonly onEnd = (job: Job): void => {
    if (job.status !== 'done' && job.status !== 'error') return;
    this.#endedAtMs.set(job.trigger, Date.parse(job.finished_at));
  };

  /** When a job of the schedule ended last, in milliseconds since the epoch; `undefined` where none has yet. */
  endedAtMs(schedule: string): number | undefined {
    return this.#endedAtMs.get(`schedule:${schedule}`);
  }
}
