/** One benchmark at a time, whoever asked; the others wait their turn or are turned away. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ActiveJob,
  isActive,
  type Job,
  type JobEnd,
  type JobIn,
  type JobRequest,
  lastLineOf,
  pendingJob,
  scheduleOf,
  startedJob,
} from './job.js';
import { JobError } from './job-error.js';
import type { SkippedJob } from './job-skip.js';
import type { JobWork } from './job-work.js';
import { LiveJobs, type LiveJobsOptions, type OnDecided } from './live-jobs.js';

export interface JobQueueOptions extends LiveJobsOptions {
  readonly newJobId: () => string;
  /** Does the job; must not reject, and end soon after `signal` aborts. */
  readonly work: (work: JobWork) => Promise<JobEnd | SkippedJob>;
  /** Read at each use: a reload may change it. */
  readonly maxQueued: () => number;
  /** How long a cancelled job is waited for, in milliseconds. */
  readonly stopTimeoutMs: () => number;
}

interface Running {
  job: JobIn<'running'>;
  readonly cancel: AbortController;
  /** Resolves when the job's file and log are written. */
  ended: Promise<void>;
}

export class JobQueue {
  readonly #options: JobQueueOptions;
  readonly #waiting: JobIn<'pending'>[] = [];
  readonly #live: LiveJobs;
  #running: Running | undefined;
  // Ended, but their files and logs are still being written.
  readonly #closing = new Set<Promise<void>>();
  /** Of the jobs that wait or run, where they have one. */
  readonly #batches = new Map<string, symbol>();
  #stopping: string | undefined;
  #isHeld = false;

  constructor(options: JobQueueOptions) {
    this.#options = options;
    this.#live = new LiveJobs(options);
  }

  get running(): JobIn<'running'> | undefined {
    return this.#running?.job;
  }

  /** Jobs that wait, in the order in which they will run. */
  get waiting(): readonly JobIn<'pending'>[] {
    return this.#waiting;
  }

  /**
   * Takes a job: it starts at once where nothing runs, else waits (`queue`) or is refused (`reject`).
   * Throws `JobError` with `busy` or `queue_full`; then there is no job. Resolves when the job is on disk.
   */
  async submit(
    request: JobRequest,
    onBusy: 'reject' | 'queue',
    onDecided: OnDecided = () => undefined,
  ): Promise<JobIn<'pending'>> {
    this.#admit(request, onBusy);
    const job = pendingJob(this.#freeId(), request, this.#options.now());
    if (request.batch !== undefined) this.#batches.set(job.job_id, request.batch);
    this.#enqueue(job, onDecided);
    const written = this.#options.store.put(job);
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
    const waits = (job: ActiveJob): job is JobIn<'pending'> =>
      job.status === 'pending' && scheduleOf(job) === undefined;
    for (const job of active.filter(waits)) this.#enqueue(job);
    const end = { status: 'interrupted', reason: 'the agent ended while the job was active' } as const;
    await Promise.all(active.filter((job) => !waits(job)).map((job) => this.#live.keepEnd(job, end)));
  }

  /** Lets jobs begin after `recover`. */
  start(): void {
    this.#isHeld = false;
    this.#startNext();
  }

  /** Stops a job; resolves with it once it has ended. Throws `JobError`: `not_found`, `not_active`, `not_stopped`. */
  async cancel(jobId: string): Promise<Job> {
    const job = this.#options.store.get(jobId);
    if (job === undefined) throw new JobError('not_found', `Job '${jobId}' not found.`, jobId);
    if (!isActive(job)) throw notActive(job);
    const index = this.#waiting.findIndex((waiting) => waiting.job_id === jobId);
    if (index === -1) return this.#cancelRunning(jobId);
    this.#waiting.splice(index, 1);
    this.#batches.delete(jobId);
    // Told before it is written: whoever cancels it a second time meanwhile finds it cancelled.
    const [cancelled] = await Promise.all([
      this.#live.keepEnd(job, { status: 'cancelled' }),
      this.#live.close(jobId, 'Cancelled before it started.'),
    ]);
    return cancelled;
  }

  /** Keeps a job's run from retention, or gives it up to it again. Throws `JobError` with `not_found`. */
  async preserve(jobId: string, preserved: boolean): Promise<Job> {
    const { store } = this.#options;
    const known = store.get(jobId);
    if (known === undefined) throw new JobError('not_found', `Job '${jobId}' not found.`, jobId);
    const job = { ...known, preserved };
    const index = this.#waiting.findIndex((waiting) => waiting.job_id === jobId);
    if (job.status === 'running' && this.#running !== undefined) this.#running.job = job;
    else if (job.status === 'pending' && index !== -1) this.#waiting[index] = job;
    await store.put(job);
    return job;
  }

  /** Cancels the running job and takes no further ones; resolves when all is quiet. Waiting jobs stay on disk. */
  async stop(reason: string): Promise<void> {
    this.#stopping = reason;
    const waiting = this.#waiting.splice(0);
    this.#running?.cancel.abort();
    await this.#running?.ended;
    await Promise.all(this.#closing);
    for (const job of waiting) await this.#live.close(job.job_id, `Waiting on: ${reason}.`);
  }

  #admit(request: JobRequest, onBusy: 'reject' | 'queue'): void {
    if (this.#stopping !== undefined) throw new JobError('queue_full', 'The agent is shutting down.');
    const inTheWay = this.#running?.job ?? this.#waiting[0];
    if (inTheWay === undefined) return;
    const isOneMore = request.batch !== undefined && [...this.#batches.values()].includes(request.batch);
    if (onBusy === 'reject' && !isOneMore) {
      throw new JobError('busy', `Job '${inTheWay.job_id}' is ${inTheWay.status}.`, inTheWay.job_id);
    }
    const schedule = scheduleOf(request);
    const again = this.#waiting.find(
      (job) =>
        schedule !== undefined &&
        scheduleOf(job) === schedule &&
        job.target === (request.target ?? null) &&
        job.model === (request.model ?? null),
    );
    if (again !== undefined) {
      throw new JobError(
        'busy',
        `Job '${again.job_id}' of the same schedule, target and model waits already.`,
        again.job_id,
      );
    }
    if (!isOneMore && this.#places() >= this.#options.maxQueued()) throw new JobError('queue_full', 'queue full');
  }

  /** How many askings wait. */
  #places(): number {
    return new Set(this.#waiting.map(({ job_id: id }) => this.#batches.get(id) ?? id)).size;
  }

  /** First come first served, but jobs that somebody waits for go before those of a schedule. */
  #enqueue(job: JobIn<'pending'>, onDecided?: OnDecided): void {
    const firstScheduled = this.#waiting.findIndex((waiting) => scheduleOf(waiting) !== undefined);
    const before = scheduleOf(job) === undefined && firstScheduled !== -1 ? firstScheduled : this.#waiting.length;
    this.#waiting.splice(before, 0, job);
    this.#live.open(job.job_id, onDecided);
    if (this.#running !== undefined) this.#live.write(job.job_id, `Waiting for job ${this.#running.job.job_id}.`);
  }

  #startNext(): void {
    if (this.#running !== undefined || this.#stopping !== undefined || this.#isHeld) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const job = startedJob(next, this.#options.now());
    // Assigned before the first await, so that two requests never start two jobs.
    const running: Running = { job, cancel: new AbortController(), ended: Promise.resolve() };
    this.#running = running;
    const ended = this.#run(running);
    running.ended = ended;
    this.#closing.add(ended);
    void ended.then(() => this.#closing.delete(ended));
  }

  async #run(running: Running): Promise<void> {
    const end = await this.#workOn(running);
    this.#batches.delete(running.job.job_id);
    // In one go with telling that the job has ended: whoever sees that may start the next one.
    this.#running = undefined;
    if (end.status === 'skipped') await this.#live.forget(running.job.job_id, end);
    else {
      const job = await this.#live.keepEnd(running.job, end);
      // Last, so that whoever follows the log to its end finds the job ended.
      await this.#live.close(job.job_id, lastLineOf(end));
      this.#options.logger.info({ job_id: job.job_id, status: job.status }, 'job ended');
    }
    this.#startNext();
  }

  /** Gives up a job that could not be written down before it began. One that runs already meets the error itself. */
  async #drop(jobId: string, error: unknown): Promise<void> {
    const index = this.#waiting.findIndex((waiting) => waiting.job_id === jobId);
    const [job] = index === -1 ? [] : this.#waiting.splice(index, 1);
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

  async #workOn(running: Running): Promise<JobEnd | SkippedJob> {
    const { store, logger, work } = this.#options;
    const { job } = running;
    const update = (change: Partial<Pick<ActiveJob, 'progress' | 'target' | 'model'>>) => {
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
        progress: (progress) => update({ progress }),
        chosen: (target, model) => {
          update({ target, model });
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

function notActive(job: Job | undefined): JobError {
  const state = job === undefined ? 'gone' : `not running or pending (status: ${job.status})`;
  return new JobError('not_active', `Job '${job?.job_id}' is ${state}.`, job?.job_id);
}
