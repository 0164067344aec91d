/** When each schedule has measured something last. */
import type { Job } from '../jobs/job.js';

export class ScheduleRuns {
  /** By trigger, in milliseconds since the epoch. */
  readonly #endedAtMs = new Map<string, number>();

  /** `jobs`: those of before the start, so that a restart forgets nothing. */
  constructor(jobs: readonly Job[]) {
    for (const job of jobs) this.onEnd(job);
  }

  /** To be told of every job that ends. One that was cancelled or interrupted has measured nothing. */
  readonly onEnd = (job: Job): void => {
    if (job.status !== 'done' && job.status !== 'error') return;
    const known = this.#endedAtMs.get(job.trigger) ?? 0;
    this.#endedAtMs.set(job.trigger, Math.max(known, Date.parse(job.finished_at)));
  };

  /** When a job of the schedule ended last, in milliseconds since the epoch; `undefined` where none has yet. */
  endedAtMs(schedule: string): number | undefined {
    return this.#endedAtMs.get(`schedule:${schedule}`);
  }
}
