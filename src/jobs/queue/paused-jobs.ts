/** Jobs that are set aside: which of them go on by themselves, and when one has waited too long. */
import type { PausedJob } from '../job.js';

/** What was measured longer ago does not belong to what is measured now, in milliseconds. */
export const RESUMABLE_MS = 24 * 3_600_000;
/** A job that could not go on by itself tries again after this. */
const AGAIN_MS = 60_000;

export interface PausedJobsOptions {
  readonly now: () => Date;
  readonly onExpired: (jobId: string) => void;
  /** One that could not go on by itself may try again. */
  readonly onRetry: () => void;
}

export class PausedJobs {
  readonly #options: PausedJobsOptions;
  readonly #expiries = new Map<string, NodeJS.Timeout>();
  readonly #retries = new Map<string, NodeJS.Timeout>();

  constructor(options: PausedJobsOptions) {
    this.#options = options;
  }

  add(job: PausedJob): void {
    const { now, onExpired, onRetry } = this.#options;
    this.remove(job.job_id);
    const leftMs = Math.max(0, Date.parse(job.paused_at) + RESUMABLE_MS - now().getTime());
    const expiry = setTimeout(() => onExpired(job.job_id), Math.min(leftMs, RESUMABLE_MS));
    // It keeps no process alive, unless it is due.
    if (leftMs > 0) expiry.unref();
    this.#expiries.set(job.job_id, expiry);
    if (job.resumes_itself !== true || job.reason === undefined) return;
    const retry = () => {
      this.#retries.delete(job.job_id);
      onRetry();
    };
    this.#retries.set(job.job_id, setTimeout(retry, AGAIN_MS).unref());
  }

  remove(jobId: string): void {
    for (const timers of [this.#expiries, this.#retries]) {
      clearTimeout(timers.get(jobId));
      timers.delete(jobId);
    }
  }

  /** Whether it may go on by itself now. */
  isReady(job: PausedJob): boolean {
    return job.resumes_itself === true && !this.#retries.has(job.job_id);
  }

  close(): void {
    for (const jobId of this.#expiries.keys()) this.remove(jobId);
  }
}
