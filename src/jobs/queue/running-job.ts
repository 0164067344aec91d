/** The job that runs: its work, and what pauses or stops that. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../logger.js';
import { type ActiveJob, type Job, type JobIn, scheduleOf } from '../job.js';
import { JobError } from '../job-error.js';
import type { JobStore } from '../job-store.js';
import type { JobWork, WorkEnd } from '../job-work.js';
import type { LiveJobs } from './live-jobs.js';
import { notActive } from './resumable.js';

export interface RunningJobOptions {
  readonly store: JobStore;
  readonly live: LiveJobs;
  readonly logger: Logger;
  /** Does the job; must not reject, and end soon after `signal` aborts. */
  readonly work: (work: JobWork) => Promise<WorkEnd>;
  /** How long a cancelled job is waited for, in milliseconds. */
  readonly stopTimeoutMs: () => number;
}

export class RunningJob {
  readonly #options: RunningJobOptions;
  readonly #cancel = new AbortController();
  readonly #pause = new AbortController();
  #job: JobIn<'running'>;
  #resumesItself = false;
  /** Why the agent ends while it runs; `undefined` while it does not. */
  #stopping: string | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(job: JobIn<'running'>, options: RunningJobOptions) {
    this.#job = job;
    this.#options = options;
  }

  get job(): JobIn<'running'> {
    return this.#job;
  }

  /** Once it is paused. */
  get resumesItself(): boolean {
    return this.#resumesItself;
  }

  /** Only what a schedule asked for: nobody waits for that. */
  get canMakeRoom(): boolean {
    return scheduleOf(this.#job) !== undefined && this.#job.priority !== 'high';
  }

  /** Works on it, then settles how that ended; resolves when the job's file and log are written. */
  begin(settle: (end: WorkEnd) => Promise<void>): Promise<void> {
    this.#ended = this.#work().then((end) => settle(this.#unlessStopped(end)));
    return this.#ended;
  }

  /** The same job in another state. */
  replace(job: JobIn<'running'>): void {
    this.#job = job;
  }

  /** For one of high priority that has come: nothing where it does not, or is being paused already. */
  makeRoomFor(jobId: string): void {
    if (this.#job.pausing === true || !this.canMakeRoom) return;
    this.#options.live.write(this.#job.job_id, `Pausing for job ${jobId}: it has high priority.`);
    this.#setPausing(true);
  }

  /** As somebody wants it. Throws `JobError` with `not_active` where that is under way. */
  pause(): void {
    const { job_id: id, pausing } = this.#job;
    if (pausing === true && !this.#resumesItself)
      throw new JobError('not_active', `Job '${id}' is being paused already.`, id);
    this.#setPausing(false);
    this.#options.live.write(id, 'Pausing: the test that runs is the last one for now.');
  }

  /** Resolves with it once it is cancelled. Throws `JobError`: `not_active`, `not_stopped`. */
  async cancel(): Promise<Job> {
    const { store, stopTimeoutMs } = this.#options;
    const { job_id: id } = this.#job;
    this.#cancel.abort();
    const timeout = new AbortController();
    const stopped = await Promise.race([
      this.#ended.then(() => true),
      delay(stopTimeoutMs(), false, { signal: timeout.signal }),
    ]);
    timeout.abort();
    if (!stopped) throw new JobError('not_stopped', `Job '${id}' could not be stopped.`, id);
    const job = store.get(id);
    // It was finishing already when the request came, and its result is recorded.
    if (job === undefined || job.status !== 'cancelled') throw notActive(job);
    return job;
  }

  /** Breaks it off as the agent ends: it can go on from what it has finished. Resolves when it has ended, however. */
  async stop(reason: string): Promise<void> {
    // One that somebody has cancelled is not to go on.
    if (!this.#cancel.signal.aborted) this.#stopping = reason;
    this.#cancel.abort();
    await this.#ended;
  }

  #unlessStopped(end: WorkEnd): WorkEnd {
    if (end.status !== 'cancelled' || this.#stopping === undefined) return end;
    return { status: 'interrupted', reason: `the agent ended while the job was active: ${this.#stopping}` };
  }

  #setPausing(resumesItself: boolean): void {
    this.#resumesItself = resumesItself;
    this.#job = { ...this.#job, pausing: true };
    this.#options.store.note(this.#job);
    this.#pause.abort();
  }

  async #work(): Promise<WorkEnd> {
    const { store, live, logger, work } = this.#options;
    const job = this.#job;
    const update = (change: Partial<Pick<ActiveJob, 'progress' | 'target' | 'model' | 'requested'>>) => {
      this.#job = { ...this.#job, ...change };
      store.note(this.#job);
    };
    try {
      const recorded = store.put(job);
      recorded.catch(() => undefined);
      logger.info({ job_id: job.job_id, mode: job.mode, trigger: job.trigger }, 'job started');
      return await work({
        job,
        recorded,
        log: { write: (text) => live.write(job.job_id, text) },
        signal: this.#cancel.signal,
        pause: this.#pause.signal,
        progress: (progress) => update({ progress }),
        chosen: (target, model) => {
          const { requested = { target: job.target, model: job.model } } = job;
          update({ target, model, requested });
          live.decide(job.job_id);
        },
        commit: () => !this.#cancel.signal.aborted,
      });
    } catch (error) {
      logger.error({ err: error, job_id: job.job_id }, 'job failed');
      return { status: 'error', error: error instanceof Error ? error.message : String(error) };
    }
  }
}
