/** What belongs to a job that lives, and what is left of it when it ends: its log, its file, the answer to who asked. */
import type { Logger } from '../../logger.js';
import { type ActiveJob, type EndedJob, endedJob, type JobEnd, type PausedJob } from '../job.js';
import type { JobLogs, OpenJobLog } from '../job-log.js';
import type { SkippedJob } from '../job-skip.js';
import type { JobStore } from '../job-store.js';

/** Told once whether a job takes place: why not, or nothing as soon as its target is chosen or it has ended otherwise. */
export type OnDecided = (skip: SkippedJob | undefined) => void;

export interface LiveJobsOptions {
  readonly store: JobStore;
  readonly logs: JobLogs;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Called with every job that has ended, once, when that is on disk or the disk has refused it. */
  readonly onEnded?: ((job: EndedJob) => void) | undefined;
}

export class LiveJobs {
  readonly #options: LiveJobsOptions;
  // Open from the asking to the end, so that whoever follows a waiting job sees it begin.
  readonly #openLogs = new Map<string, OpenJobLog>();
  readonly #deciders = new Map<string, OnDecided>();

  constructor(options: LiveJobsOptions) {
    this.#options = options;
  }

  open(jobId: string, onDecided: OnDecided = () => undefined): void {
    this.#openLogs.set(jobId, this.#options.logs.open(jobId));
    this.#deciders.set(jobId, onDecided);
  }

  has(jobId: string): boolean {
    return this.#openLogs.has(jobId);
  }

  /** Nothing where its log is closed. */
  write(jobId: string, text: string): void {
    this.#openLogs.get(jobId)?.write(text);
  }

  decide(jobId: string, skip?: SkippedJob): void {
    const onDecided = this.#deciders.get(jobId);
    this.#deciders.delete(jobId);
    onDecided?.(skip);
  }

  /** Nothing more happens to the job in this process. */
  async close(jobId: string, lastWords: string): Promise<void> {
    this.decide(jobId);
    const log = this.#openLogs.get(jobId);
    this.#openLogs.delete(jobId);
    log?.write(lastWords);
    await log?.close().catch((error: unknown) => {
      this.#options.logger.error({ err: error, job_id: jobId }, "the job's log is not whole");
    });
  }

  /** Writes down that a job is set aside, as `keepEnd` does its end: it can still be cancelled or go on, and its log is open. */
  async setAside(job: PausedJob, words: string): Promise<PausedJob> {
    this.decide(job.job_id);
    this.write(job.job_id, words);
    try {
      await this.#options.store.put(job);
    } catch (error) {
      this.#options.logger.error(
        { err: error, job_id: job.job_id },
        'the job is paused but its file could not be written',
      );
    }
    return job;
  }

  /** A job that was skipped is none: it neither failed nor is it there to be looked at. */
  async forget(jobId: string, skip: SkippedJob): Promise<void> {
    const { store, logs, logger } = this.#options;
    logger.info({ job_id: jobId, reason: skip.reason }, 'job skipped');
    try {
      await store.remove(jobId);
      this.decide(jobId, skip);
      await this.close(jobId, `Skipped: ${skip.detail}.`);
      await logs.remove(jobId);
    } catch (error) {
      logger.error({ err: error, job_id: jobId }, 'the files of a job that was skipped are still there');
      this.decide(jobId, skip);
    }
  }

  /** A job that could not be written down before it began. */
  async giveUp(job: ActiveJob, error: unknown): Promise<void> {
    const words = error instanceof Error ? error.message : String(error);
    await Promise.all([
      this.keepEnd(job, { status: 'error', error: words }),
      this.close(job.job_id, `Failed: ${words}`),
    ]);
  }

  /** Tells at once that a job has ended and writes it down; a disk that refuses that changes nothing for the others. */
  async keepEnd(job: ActiveJob | PausedJob, end: JobEnd): Promise<EndedJob> {
    const { store, logger, now, onEnded } = this.#options;
    const ended = endedJob(job, end, now());
    try {
      await store.put(ended);
    } catch (error) {
      logger.error({ err: error, job_id: job.job_id }, 'the job ended but its file could not be written');
    }
    onEnded?.(ended);
    return ended;
  }
}
