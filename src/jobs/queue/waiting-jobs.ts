/** Jobs that wait for their turn, in the order in which they will have it. */
import { type JobIn, type JobRequest, scheduleOf } from '../job.js';
import { JobError } from '../job-error.js';

type Pending = JobIn<'pending'>;

export class WaitingJobs {
  readonly #jobs: Pending[] = [];
  /** Of the jobs that wait or run, where they have one. */
  readonly #batches = new Map<string, symbol>();

  get all(): readonly Pending[] {
    return this.#jobs;
  }

  get first(): Pending | undefined {
    return this.#jobs[0];
  }

  /** The one whose turn it is: the first that does not let a scheduled run go first. */
  get next(): Pending | undefined {
    return this.#jobs.find((job) => job.gives_way === undefined);
  }

  /** Throws `JobError` with `busy` where the same run of a schedule waits already, or with `queue_full`. */
  admit(request: JobRequest, maxQueued: number): void {
    const schedule = scheduleOf(request);
    const again = this.#jobs.find(
      (job) =>
        schedule !== undefined &&
        scheduleOf(job) === schedule &&
        (job.requested?.target ?? job.target) === (request.target ?? null) &&
        (job.requested?.model ?? job.model) === (request.model ?? null),
    );
    if (again !== undefined) {
      throw new JobError(
        'busy',
        `Job '${again.job_id}' of the same schedule, target and model waits already.`,
        again.job_id,
      );
    }
    if (!this.isOneMore(request)) this.admitOne(maxQueued);
  }

  /** Throws `JobError` with `queue_full`. */
  admitOne(maxQueued: number): void {
    const places = new Set(this.#jobs.map(({ job_id: id }) => this.#batches.get(id) ?? id)).size;
    if (places >= maxQueued) throw new JobError('queue_full', 'queue full');
  }

  /** Whether others of its batch are under way, so that it takes no place of its own. */
  isOneMore({ batch }: JobRequest): boolean {
    return batch !== undefined && [...this.#batches.values()].includes(batch);
  }

  /**
   * First come first served, but those of high priority go before all others, and jobs that somebody waits for before
   * those of a schedule. One that has begun already goes before its like.
   */
  add(job: Pending, batch?: symbol): void {
    if (batch !== undefined) this.#batches.set(job.job_id, batch);
    const rank = rankOf(job);
    const hasBegun = job.started_at !== null;
    const index = this.#jobs.findIndex(
      (other) => rankOf(other) > rank || (hasBegun && rankOf(other) === rank && other.started_at === null),
    );
    this.#jobs.splice(index === -1 ? this.#jobs.length : index, 0, job);
  }

  /** Takes `next`; its batch lives on until it is forgotten. */
  take(): Pending | undefined {
    const { next } = this;
    if (next !== undefined) this.#jobs.splice(this.#jobs.indexOf(next), 1);
    return next;
  }

  /** `undefined` for one that does not wait. */
  remove(jobId: string): Pending | undefined {
    const index = this.#jobs.findIndex((job) => job.job_id === jobId);
    if (index === -1) return undefined;
    this.forget(jobId);
    return this.#jobs.splice(index, 1)[0];
  }

  removeAll(): Pending[] {
    return this.#jobs.splice(0);
  }

  /** The same job in another state. */
  replace(job: Pending): void {
    const index = this.#jobs.findIndex(({ job_id: id }) => id === job.job_id);
    if (index !== -1) this.#jobs[index] = job;
  }

  /** It neither waits nor runs any more. */
  forget(jobId: string): void {
    this.#batches.delete(jobId);
  }
}

function rankOf(job: Pending): number {
  if (job.priority === 'high') return 0;
  return scheduleOf(job) === undefined ? 1 : 2;
}
