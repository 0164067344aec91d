/** One benchmark at a time, whoever asked; the others wait their turn or are turned away. */
import { sentence } from '../../shared/text/sentence.js';
import {
  type ActiveJob,
  type EndedJob,
  isActive,
  isEnded,
  type Job,
  type JobIn,
  type JobRequest,
  lastLineOf,
  type PausedJob,
  pendingJob,
  resumedJob,
  scheduleOf,
  startedJob,
} from '../job.js';
import { JobError } from '../job-error.js';
import type { JobWork, WorkEnd } from '../job-work.js';
import { admit } from './admission.js';
import { LiveJobs, type LiveJobsOptions, type OnDecided } from './live-jobs.js';
import { knownJob, notActive, resumableJob } from './resumable.js';
import { RunningJob } from './running-job.js';
import { SetAside } from './set-aside.js';
import { WaitingJobs } from './waiting-jobs.js';
import { WayGiving, type WayGivingOptions } from './way-giving.js';

export interface JobQueueOptions extends LiveJobsOptions {
  readonly newJobId: () => string;
  /** Does the job; must not reject, and end soon after `signal` aborts. */
  readonly work: (work: JobWork) => Promise<WorkEnd>;
  /** Why a job that was paused or interrupted cannot go on, in words; `undefined` where it can. */
  readonly resumeRefusal?: ((job: PausedJob | EndedJob) => Promise<string | undefined>) | undefined;
  /** Called with every job that is set aside. */
  readonly onPaused?: ((job: PausedJob) => void) | undefined;
  /** Where there are schedules for which a long job asked for by hand waits. */
  readonly wayGiving?: WayGivingOptions | undefined;
  /** Read at each use: a reload may change it. */
  readonly maxQueued: () => number;
  /** How long a cancelled job is waited for, in milliseconds. */
  readonly stopTimeoutMs: () => number;
}

export class JobQueue {
  readonly #options: JobQueueOptions;
  readonly #waiting = new WaitingJobs();
  readonly #aside: SetAside;
  readonly #live: LiveJobs;
  readonly #wayGiving: WayGiving;
  #running: RunningJob | undefined;
  // Ended, but their files and logs are still being written.
  readonly #closing = new Set<Promise<void>>();
  #stopping: string | undefined;
  #isHeld = false;

  constructor(options: JobQueueOptions) {
    this.#options = options;
    this.#live = new LiveJobs(options);
    const { store, now, logger, onPaused } = options;
    const parts = { store, now, logger, live: this.#live };
    const startNext = () => this.#startNext();
    this.#aside = new SetAside({ ...parts, onPaused, onRetry: startNext });
    this.#wayGiving = new WayGiving(options.wayGiving, { ...parts, waiting: this.#waiting, onTime: startNext });
  }

  get running(): JobIn<'running'> | undefined {
    return this.#running?.job;
  }

  /** Jobs that wait, in the order in which they will run. */
  get waiting(): readonly JobIn<'pending'>[] {
    return this.#waiting.all;
  }

  /** Which of them begins as soon as nothing runs. */
  get next(): JobIn<'pending'> | undefined {
    return this.#waiting.next;
  }

  /** Jobs that are set aside, oldest first. */
  get paused(): readonly PausedJob[] {
    return this.#aside.all;
  }

  /**
   * Takes a job: it starts at once where nothing runs, else waits (`queue`) or is refused (`reject`). One of high priority
   * has a scheduled one that runs paused.
   * Throws `JobError` with `busy` or `queue_full`; then there is no job. Resolves when the job is on disk.
   */
  async submit(
    request: JobRequest,
    onBusy: 'reject' | 'queue',
    onDecided: OnDecided = () => undefined,
  ): Promise<JobIn<'pending'>> {
    const { store, now, newJobId, maxQueued } = this.#options;
    if (this.#stopping !== undefined) throw new JobError('queue_full', 'The agent is shutting down.');
    admit(request, onBusy, { running: this.#running, waiting: this.#waiting, maxQueued: maxQueued() });
    const job = pendingJob(store.freeId(newJobId), request, now());
    this.#enqueue(job, onDecided, request.batch);
    const written = store.put(job);
    if (request.priority === 'high') this.#running?.makeRoomFor(job.job_id);
    this.#startNext();
    try {
      await written;
    } catch (error) {
      // One that runs already meets the error itself.
      const waiting = this.#waiting.remove(job.job_id);
      if (waiting !== undefined) await this.#live.giveUp(waiting, error);
      throw error;
    }
    return job;
  }

  /**
   * Ends what was active when the agent last stopped; jobs of the API that had not begun wait again. To be called once,
   * before anything can be asked for: what is active in the store then is of the last life. No job begins before `start`.
   */
  async recover(): Promise<void> {
    this.#isHeld = true;
    const active = this.#options.store.active();
    // A scheduled one that has begun was on its way to go on.
    const waits = (job: ActiveJob): job is JobIn<'pending'> =>
      job.status === 'pending' && (scheduleOf(job) === undefined || job.started_at !== null);
    this.#aside.recover();
    for (const job of active.filter(waits)) this.#enqueue(job);
    this.#wayGiving.recover();
    const end = { status: 'interrupted', reason: 'the agent ended while the job was active' } as const;
    await Promise.all(active.filter((job) => !waits(job)).map((job) => this.#live.keepEnd(job, end)));
  }

  /** Lets jobs begin after `recover`. */
  start(): void {
    this.#isHeld = false;
    this.#startNext();
  }

  /** When schedules come due, or the clock, has changed: a job may no longer have to wait for one. */
  schedulesChanged(): void {
    this.#startNext();
  }

  /** Stops a job; resolves with it once it has ended. Throws `JobError`: `not_found`, `not_active`, `not_stopped`. */
  async cancel(jobId: string): Promise<Job> {
    const job = knownJob(jobId, this.#options.store);
    if (isEnded(job)) throw notActive(job);
    if (job.status === 'paused') this.#aside.remove(jobId);
    else if (this.#waiting.remove(jobId) === undefined) return this.#runningOf(job).cancel();
    // Told before it is written: whoever cancels it a second time meanwhile finds it cancelled.
    const [cancelled] = await Promise.all([
      this.#live.keepEnd(job, { status: 'cancelled' }),
      this.#live.close(jobId, job.started_at === null ? 'Cancelled before it started.' : 'Cancelled.'),
    ]);
    return cancelled;
  }

  /**
   * Sets a job aside: one that waits at once, one that runs after the test that runs; resolves with it as it stands then.
   * Throws `JobError`: `not_found`, `not_active`.
   */
  async pause(jobId: string): Promise<Job> {
    const job = knownJob(jobId, this.#options.store);
    if (!isActive(job)) throw notActive(job);
    const waiting = this.#waiting.remove(jobId);
    if (waiting !== undefined) {
      const aside = await this.#aside.add(waiting, { resumesItself: false });
      this.#startNext();
      return aside;
    }
    const running = this.#runningOf(job);
    running.pause();
    return running.job;
  }

  /**
   * Has a job that was paused or interrupted wait to go on from its first unfinished test; resolves when that is on disk.
   * Throws `JobError`: `not_found`, `not_resumable`, `queue_full`.
   */
  async resume(jobId: string): Promise<JobIn<'pending'>> {
    const { store, now, resumeRefusal, maxQueued } = this.#options;
    const refusal = await resumeRefusal?.(resumableJob(jobId, store, now()));
    // Somebody else may have been quicker.
    const before = resumableJob(jobId, store, now());
    if (refusal !== undefined)
      throw new JobError('not_resumable', sentence(`Job '${jobId}' cannot go on: ${refusal}`), jobId);
    if (this.#stopping !== undefined) throw new JobError('queue_full', 'The agent is shutting down.');
    if (this.#running !== undefined) this.#waiting.admitOne(maxQueued());
    const job = resumedJob(before);
    const written = this.#putBack(job);
    this.#startNext();
    try {
      await written;
    } catch (error) {
      if (this.#waiting.remove(jobId) !== undefined) store.note(before);
      throw error;
    }
    return job;
  }

  /** Keeps a job's run from retention, or gives it up to it again. Throws `JobError` with `not_found`. */
  async preserve(jobId: string, preserved: boolean): Promise<Job> {
    const { store } = this.#options;
    const job = { ...knownJob(jobId, store), preserved };
    if (job.status === 'running') this.#running?.replace(job);
    else if (job.status === 'pending') this.#waiting.replace(job);
    await store.put(job);
    return job;
  }

  /**
   * Breaks the running job off, which can go on later, and takes no further ones; resolves when all is quiet. Waiting and
   * paused jobs stay on disk.
   */
  async stop(reason: string): Promise<void> {
    this.#stopping = reason;
    const waiting = this.#waiting.removeAll();
    this.#aside.close();
    this.#wayGiving.close();
    await this.#running?.stop(reason);
    await Promise.all(this.#closing);
    for (const job of waiting) await this.#live.close(job.job_id, `Waiting on: ${reason}.`);
    for (const job of this.paused) await this.#live.close(job.job_id, `Still paused: ${reason}.`);
  }

  /** Throws `JobError` with `not_active` where the job is not the one that runs. */
  #runningOf(job: Job): RunningJob {
    if (this.#running?.job.job_id !== job.job_id) throw notActive(job);
    return this.#running;
  }

  #enqueue(job: JobIn<'pending'>, onDecided?: OnDecided, batch?: symbol): void {
    this.#waiting.add(job, batch);
    this.#wayGiving.came(job, batch);
    this.#live.open(job.job_id, onDecided);
    if (this.#running !== undefined) this.#live.write(job.job_id, `Waiting for job ${this.#running.job.job_id}.`);
  }

  /** Among those that wait, with its log open; resolves when that is on disk. */
  #putBack(job: JobIn<'pending'>): Promise<void> {
    this.#aside.remove(job.job_id);
    this.#waiting.add(job);
    if (!this.#live.has(job.job_id)) this.#live.open(job.job_id);
    const { running } = this;
    this.#live.write(job.job_id, running === undefined ? 'Resumed.' : `Resumed. Waiting for job ${running.job_id}.`);
    return this.#options.store.put(job);
  }

  /** What had to make room goes on once nothing of high priority is left. */
  #bringBack(): void {
    if (this.#waiting.first?.priority === 'high') return;
    for (const job of this.#aside.ready) {
      this.#putBack(resumedJob(job)).catch((error: unknown) => {
        this.#options.logger.error(
          { err: error, job_id: job.job_id },
          'the job goes on but its file could not be written',
        );
      });
    }
  }

  #startNext(): void {
    if (this.#stopping !== undefined || this.#isHeld) return;
    this.#wayGiving.release();
    if (this.#running !== undefined) return;
    this.#bringBack();
    this.#wayGiving.hold();
    // Whoever heard of these may have asked for one that has begun.
    if (this.#running !== undefined) return;
    const next = this.#waiting.take();
    if (next === undefined) return;
    const { store, logger, work, stopTimeoutMs, now } = this.#options;
    const running = new RunningJob(startedJob(next, now()), { store, logger, work, stopTimeoutMs, live: this.#live });
    // Assigned before anything else happens, so that two requests never start two jobs.
    this.#running = running;
    const ended = running.begin((end) => this.#settle(running, end));
    this.#closing.add(ended);
    void ended.then(() => this.#closing.delete(ended));
  }

  async #settle(running: RunningJob, end: WorkEnd): Promise<void> {
    this.#waiting.forget(running.job.job_id);
    // In one go with telling that the job has ended: whoever sees that may start the next one.
    this.#running = undefined;
    if (end.status === 'skipped') await this.#live.forget(running.job.job_id, end);
    else if (end.status === 'paused') {
      const { reason } = end;
      // Nobody would think of one that a schedule had asked for.
      const resumesItself = running.resumesItself || (end.mayPass === true && scheduleOf(running.job) !== undefined);
      await this.#aside.add(running.job, { resumesItself, reason });
    } else {
      const job = await this.#live.keepEnd(running.job, end);
      // Last, so that whoever follows the log to its end finds the job ended.
      await this.#live.close(job.job_id, lastLineOf(end));
      this.#options.logger.info({ job_id: job.job_id, status: job.status }, 'job ended');
    }
    this.#startNext();
  }
}
