/** One benchmark at a time, whoever asked; the others wait their turn or are turned away. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ActiveJob,
  type EndedJob,
  isActive,
  isBrokenOff,
  isEnded,
  type Job,
  type JobIn,
  type JobRequest,
  lastLineOf,
  type Pause,
  type PausedJob,
  pausedJob,
  pendingJob,
  resumedJob,
  scheduleOf,
  startedJob,
} from '../job.js';
import { JobError } from '../job-error.js';
import type { JobWork, WorkEnd } from '../job-work.js';
import { LiveJobs, type LiveJobsOptions, type OnDecided } from './live-jobs.js';
import { PausedJobs, RESUMABLE_MS } from './paused-jobs.js';
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

interface Running {
  job: JobIn<'running'>;
  readonly cancel: AbortController;
  readonly pause: AbortController;
  /** Once it is paused. */
  resumesItself: boolean;
  /** Resolves when the job's file and log are written. */
  ended: Promise<void>;
}

export class JobQueue {
  readonly #options: JobQueueOptions;
  readonly #waiting = new WaitingJobs();
  readonly #paused: PausedJobs;
  readonly #live: LiveJobs;
  readonly #wayGiving: WayGiving;
  #running: Running | undefined;
  // Ended, but their files and logs are still being written.
  readonly #closing = new Set<Promise<void>>();
  #stopping: string | undefined;
  #isHeld = false;

  constructor(options: JobQueueOptions) {
    this.#options = options;
    this.#live = new LiveJobs(options);
    this.#paused = new PausedJobs({
      now: options.now,
      onExpired: (jobId) => void this.#expire(jobId),
      onRetry: () => this.#startNext(),
    });
    const { store, now, logger } = options;
    const parts = { store, now, logger, live: this.#live, waiting: this.#waiting };
    this.#wayGiving = new WayGiving(options.wayGiving, { ...parts, onTime: () => this.#startNext() });
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
    return this.#options.store.paused();
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
    this.#admit(request, onBusy);
    const job = pendingJob(this.#freeId(), request, this.#options.now());
    this.#enqueue(job, onDecided, request.batch);
    const written = this.#options.store.put(job);
    if (request.priority === 'high') this.#makeRoom(job);
    this.#startNext();
    try {
      await written;
    } catch (error) {
      await this.#drop(job.job_id, error);
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
    for (const job of this.#options.store.paused()) {
      this.#live.open(job.job_id);
      this.#paused.add(job);
    }
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
    const job = this.#options.store.get(jobId);
    if (job === undefined) throw new JobError('not_found', `Job '${jobId}' not found.`, jobId);
    if (isEnded(job)) throw notActive(job);
    if (job.status === 'paused') this.#paused.remove(jobId);
    else if (this.#waiting.remove(jobId) === undefined) return this.#cancelRunning(jobId);
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
    const job = this.#options.store.get(jobId);
    if (job === undefined) throw new JobError('not_found', `Job '${jobId}' not found.`, jobId);
    if (!isActive(job)) throw notActive(job);
    const waiting = this.#waiting.remove(jobId);
    if (waiting !== undefined) {
      const aside = await this.#setAside(waiting, { resumesItself: false });
      this.#startNext();
      return aside;
    }
    const running = this.#running;
    if (running?.job.job_id !== jobId) throw notActive(job);
    if (running.job.pausing === true && !running.resumesItself)
      throw new JobError('not_active', `Job '${jobId}' is being paused already.`, jobId);
    this.#pauseRunning(running, false);
    this.#live.write(jobId, 'Pausing: the test that runs is the last one for now.');
    return running.job;
  }

  /**
   * Has a job that was paused or interrupted wait to go on from its first unfinished test; resolves when that is on disk.
   * Throws `JobError`: `not_found`, `not_resumable`, `queue_full`.
   */
  async resume(jobId: string): Promise<JobIn<'pending'>> {
    const { store, resumeRefusal, maxQueued } = this.#options;
    const refusal = await resumeRefusal?.(this.#resumable(jobId));
    // Somebody else may have been quicker.
    const before = this.#resumable(jobId);
    if (refusal !== undefined) throw new JobError('not_resumable', `Job '${jobId}' cannot go on: ${refusal}.`, jobId);
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
    const known = store.get(jobId);
    if (known === undefined) throw new JobError('not_found', `Job '${jobId}' not found.`, jobId);
    const job = { ...known, preserved };
    if (job.status === 'running' && this.#running !== undefined) this.#running.job = job;
    else if (job.status === 'pending') this.#waiting.replace(job);
    await store.put(job);
    return job;
  }

  /** Cancels the running job and takes no further ones; resolves when all is quiet. Waiting and paused jobs stay on disk. */
  async stop(reason: string): Promise<void> {
    this.#stopping = reason;
    const waiting = this.#waiting.removeAll();
    this.#paused.close();
    this.#wayGiving.close();
    this.#running?.cancel.abort();
    await this.#running?.ended;
    await Promise.all(this.#closing);
    for (const job of waiting) await this.#live.close(job.job_id, `Waiting on: ${reason}.`);
    for (const job of this.paused) await this.#live.close(job.job_id, `Still paused: ${reason}.`);
  }

  #admit(request: JobRequest, onBusy: 'reject' | 'queue'): void {
    if (this.#stopping !== undefined) throw new JobError('queue_full', 'The agent is shutting down.');
    const isHigh = request.priority === 'high';
    const makesRoom = isHigh && this.#running !== undefined && canMakeRoom(this.#running.job);
    const inTheWay = (makesRoom ? undefined : this.#running?.job) ?? (isHigh ? undefined : this.#waiting.next);
    if (inTheWay !== undefined && onBusy === 'reject' && !this.#waiting.isOneMore(request)) {
      throw new JobError('busy', `Job '${inTheWay.job_id}' is ${inTheWay.status}.`, inTheWay.job_id);
    }
    if (this.#running !== undefined || this.#waiting.next !== undefined)
      this.#waiting.admit(request, this.#options.maxQueued());
  }

  #enqueue(job: JobIn<'pending'>, onDecided?: OnDecided, batch?: symbol): void {
    this.#waiting.add(job, batch);
    this.#wayGiving.came(job, batch);
    this.#live.open(job.job_id, onDecided);
    if (this.#running !== undefined) this.#live.write(job.job_id, `Waiting for job ${this.#running.job.job_id}.`);
  }

  /** The job once it is known that it could go on. */
  #resumable(jobId: string): PausedJob | EndedJob {
    const job = this.#options.store.get(jobId);
    if (job === undefined) throw new JobError('not_found', `Job '${jobId}' not found.`, jobId);
    const words = whyNotResumable(job, this.#options.now());
    if (words !== undefined) throw new JobError('not_resumable', `Job '${jobId}' ${words}.`, jobId);
    return job as PausedJob | EndedJob;
  }

  /** Among those that wait, with its log open; resolves when that is on disk. */
  #putBack(job: JobIn<'pending'>): Promise<void> {
    this.#paused.remove(job.job_id);
    this.#waiting.add(job);
    if (!this.#live.has(job.job_id)) this.#live.open(job.job_id);
    const { running } = this;
    this.#live.write(job.job_id, running === undefined ? 'Resumed.' : `Resumed. Waiting for job ${running.job_id}.`);
    return this.#options.store.put(job);
  }

  /** What had to make room goes on once nothing of high priority is left. */
  #bringBack(): void {
    if (this.#waiting.first?.priority === 'high') return;
    for (const job of this.paused.filter((job) => this.#paused.isReady(job))) {
      this.#putBack(resumedJob(job)).catch((error: unknown) => {
        this.#options.logger.error(
          { err: error, job_id: job.job_id },
          'the job goes on but its file could not be written',
        );
      });
    }
  }

  #makeRoom(job: JobIn<'pending'>): void {
    const running = this.#running;
    if (running === undefined || running.job.pausing === true || !canMakeRoom(running.job)) return;
    this.#live.write(running.job.job_id, `Pausing for job ${job.job_id}: it has high priority.`);
    this.#pauseRunning(running, true);
  }

  #pauseRunning(running: Running, resumesItself: boolean): void {
    running.resumesItself = resumesItself;
    running.job = { ...running.job, pausing: true };
    this.#options.store.note(running.job);
    running.pause.abort();
  }

  async #setAside(job: ActiveJob, pause: Pause): Promise<PausedJob> {
    const { now, logger, onPaused } = this.#options;
    const aside = pausedJob(job, pause, now());
    this.#paused.add(aside);
    const words = pause.reason === undefined ? 'Paused.' : `Paused: it could not go on: ${pause.reason}.`;
    await this.#live.setAside(aside, words);
    logger.info({ job_id: aside.job_id, reason: pause.reason }, 'job paused');
    onPaused?.(aside);
    return aside;
  }

  async #expire(jobId: string): Promise<void> {
    const job = this.#options.store.get(jobId);
    if (job?.status !== 'paused') return;
    const reason = `it was paused for more than ${RESUMABLE_HOURS} h`;
    const end = { status: 'interrupted', reason, expired: true } as const;
    await this.#live.keepEnd(job, end);
    await this.#live.close(jobId, lastLineOf(end));
  }

  #startNext(): void {
    if (this.#stopping !== undefined || this.#isHeld) return;
    this.#wayGiving.release();
    if (this.#running !== undefined) return;
    this.#bringBack();
    this.#wayGiving.hold();
    const next = this.#waiting.take();
    if (next === undefined) return;
    const job = startedJob(next, this.#options.now());
    // Assigned before the first await, so that two requests never start two jobs.
    const running: Running = {
      job,
      cancel: new AbortController(),
      pause: new AbortController(),
      resumesItself: false,
      ended: Promise.resolve(),
    };
    this.#running = running;
    const ended = this.#run(running);
    running.ended = ended;
    this.#closing.add(ended);
    void ended.then(() => this.#closing.delete(ended));
  }

  async #run(running: Running): Promise<void> {
    const end = await this.#workOn(running);
    this.#waiting.forget(running.job.job_id);
    // In one go with telling that the job has ended: whoever sees that may start the next one.
    this.#running = undefined;
    if (end.status === 'skipped') await this.#live.forget(running.job.job_id, end);
    else if (end.status === 'paused') {
      const { reason } = end;
      // Nobody would think of one that a schedule had asked for.
      const resumesItself = running.resumesItself || (end.mayPass === true && scheduleOf(running.job) !== undefined);
      await this.#setAside(running.job, { resumesItself, reason });
    } else {
      const job = await this.#live.keepEnd(running.job, end);
      // Last, so that whoever follows the log to its end finds the job ended.
      await this.#live.close(job.job_id, lastLineOf(end));
      this.#options.logger.info({ job_id: job.job_id, status: job.status }, 'job ended');
    }
    this.#startNext();
  }

  /** Gives up a job that could not be written down before it began. One that runs already meets the error itself. */
  async #drop(jobId: string, error: unknown): Promise<void> {
    const job = this.#waiting.remove(jobId);
    if (job === undefined) return;
    const words = error instanceof Error ? error.message : String(error);
    await Promise.all([
      this.#live.keepEnd(job, { status: 'error', error: words }),
      this.#live.close(jobId, `Failed: ${words}`),
    ]);
  }

  /** Ids are short: among many thousands of jobs one may come again. */
  #freeId(): string {
    const { newJobId, store } = this.#options;
    for (;;) {
      const id = newJobId();
      if (store.get(id) === undefined) return id;
    }
  }

  async #workOn(running: Running): Promise<WorkEnd> {
    const { store, logger, work } = this.#options;
    const { job } = running;
    const update = (change: Partial<Pick<ActiveJob, 'progress' | 'target' | 'model' | 'requested'>>) => {
      running.job = { ...running.job, ...change };
      store.note(running.job);
    };
    try {
      const recorded = store.put(job);
      recorded.catch(() => undefined);
      logger.info({ job_id: job.job_id, mode: job.mode, trigger: job.trigger }, 'job started');
      return await work({
        job,
        recorded,
        log: { write: (text) => this.#live.write(job.job_id, text) },
        signal: running.cancel.signal,
        pause: running.pause.signal,
        progress: (progress) => update({ progress }),
        chosen: (target, model) => {
          const { requested = { target: job.target, model: job.model } } = job;
          update({ target, model, requested });
          this.#live.decide(job.job_id);
        },
        commit: () => !running.cancel.signal.aborted,
      });
    } catch (error) {
      logger.error({ err: error, job_id: job.job_id }, 'job failed');
      return { status: 'error', error: error instanceof Error ? error.message : String(error) };
    }
  }

  async #cancelRunning(jobId: string): Promise<Job> {
    const { store, stopTimeoutMs } = this.#options;
    const running = this.#running;
    if (running === undefined || running.job.job_id !== jobId) throw notActive(store.get(jobId));
    running.cancel.abort();
    const timeout = new AbortController();
    const stopped = await Promise.race([
      running.ended.then(() => true),
      delay(stopTimeoutMs(), false, { signal: timeout.signal }),
    ]);
    timeout.abort();
    if (!stopped) throw new JobError('not_stopped', `Job '${jobId}' could not be stopped.`, jobId);
    const job = store.get(jobId);
    // It was finishing already when the request came, and its result is recorded.
    if (job === undefined || job.status !== 'cancelled') throw notActive(job);
    return job;
  }
}

const RESUMABLE_HOURS = RESUMABLE_MS / 3_600_000;

/** Only what a schedule asked for: nobody waits for that. */
function canMakeRoom(job: JobIn<'running'>): boolean {
  return scheduleOf(job) !== undefined && job.priority !== 'high';
}

/** In words that follow the job's name; `undefined` where it can be resumed as far as the job itself tells. */
function whyNotResumable(job: Job, now: Date): string | undefined {
  if (job.status === 'running' && job.pausing === true) return 'is still being paused: the test that runs ends first';
  if (job.status === 'interrupted' && job.expired === true)
    return `was paused for more than ${RESUMABLE_HOURS} h: start a new one`;
  if (job.status !== 'paused' && !isBrokenOff(job)) return `is not paused or interrupted (status: ${job.status})`;
  const sinceMs = Date.parse(job.status === 'paused' ? job.paused_at : job.finished_at);
  if (now.getTime() - sinceMs <= RESUMABLE_MS) return undefined;
  const since = new Date(sinceMs).toISOString();
  return `was ${job.status === 'paused' ? 'paused' : 'interrupted'} at ${since}, more than ${RESUMABLE_HOURS} h ago: start a new one`;
}

function notActive(job: Job | undefined): JobError {
  const state = job === undefined ? 'gone' : `not running or pending (status: ${job.status})`;
  return new JobError('not_active', `Job '${job?.job_id}' is ${state}.`, job?.job_id);
}
