/** Setting jobs aside, and what becomes of them: some go on by themselves, and one that has waited too long ends. */

import type { Logger } from '../../logger.js';
import { sentence } from '../../shared/text/sentence.js';
import { type ActiveJob, lastLineOf, type Pause, type PausedJob, pausedJob } from '../job.js';
import type { JobStore } from '../job-store.js';
import type { LiveJobs } from './live-jobs.js';
import { PausedJobs } from './paused-jobs.js';
import { RESUMABLE_HOURS } from './resumable.js';

export interface SetAsideOptions {
  readonly store: JobStore;
  readonly live: LiveJobs;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Called with every job that is set aside. */
  readonly onPaused?: ((job: PausedJob) => void) | undefined;
  /** One that could not go on by itself may try again. */
  readonly onRetry: () => void;
}

export class SetAside {
  readonly #options: SetAsideOptions;
  readonly #timed: PausedJobs;

  constructor(options: SetAsideOptions) {
    this.#options = options;
    const { now, onRetry } = options;
    this.#timed = new PausedJobs({ now, onRetry, onExpired: (jobId) => void this.#expire(jobId) });
  }

  /** Oldest first. */
  get all(): readonly PausedJob[] {
    return this.#options.store.paused();
  }

  /** Those that may go on by themselves now. */
  get ready(): readonly PausedJob[] {
    return this.all.filter((job) => this.#timed.isReady(job));
  }

  /** Those of the last life. */
  recover(): void {
    for (const job of this.all) {
      this.#options.live.open(job.job_id);
      this.#timed.add(job);
    }
  }

  async add(job: ActiveJob, pause: Pause): Promise<PausedJob> {
    const { live, now, logger, onPaused } = this.#options;
    const aside = pausedJob(job, pause, now());
    this.#timed.add(aside);
    const words = pause.reason === undefined ? 'Paused.' : sentence(`Paused: it could not go on: ${pause.reason}`);
    await live.setAside(aside, words);
    logger.info({ job_id: aside.job_id, reason: pause.reason }, 'job paused');
    onPaused?.(aside);
    return aside;
  }

  /** It goes on, or has ended. */
  remove(jobId: string): void {
    this.#timed.remove(jobId);
  }

  close(): void {
    this.#timed.close();
  }

  async #expire(jobId: string): Promise<void> {
    const { store, live } = this.#options;
    const job = store.get(jobId);
    if (job?.status !== 'paused') return;
    const reason = `it was paused for more than ${RESUMABLE_HOURS} h`;
    const end = { status: 'interrupted', reason, expired: true } as const;
    await live.keepEnd(job, end);
    await live.close(jobId, lastLineOf(end));
  }
}
