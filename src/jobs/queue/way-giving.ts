/** Long jobs that somebody asked for by hand and that would reach into the next scheduled run: each lets that one go first, once. */
import type { Logger } from '../../logger.js';
import type { Clock } from '../../shared/clock.js';
import { roughSpan } from '../../shared/text/rough-span.js';
import { DAY_MS, MINUTE_MS } from '../../shared/units.js';
import { type GivesWay, isEnded, type JobIn, scheduleOf } from '../job.js';
import type { JobStore } from '../job-store.js';
import type { LiveJobs } from './live-jobs.js';
import type { WaitingJobs } from './waiting-jobs.js';

/** When a schedule that is in force and not paused comes due next. */
export interface UpcomingRun {
  readonly schedule: string;
  readonly dueAt: Date;
  /** How much later its jobs may be asked for, in milliseconds. */
  readonly jitterMs: number;
}

export interface WayGivingOptions {
  readonly upcoming: () => readonly UpcomingRun[];
  /** How long such a job usually takes, in milliseconds; `undefined` where none of its kind was done yet. */
  readonly usualMs: (job: JobIn<'pending'>) => number | undefined;
  readonly clock: Pick<Clock, 'after'>;
}

export interface WayGivingParts {
  readonly store: JobStore;
  readonly live: LiveJobs;
  readonly waiting: WaitingJobs;
  readonly now: () => Date;
  readonly logger: Logger;
  /** Time has passed that a job waited for. */
  readonly onTime: () => void;
}

type Pending = JobIn<'pending'>;
type Holding = Pending & { readonly gives_way: GivesWay };

/** The jobs of the run that is waited for: those that its schedule asked for in one go. */
interface AwaitedRun {
  readonly batch: symbol | undefined;
  readonly jobIds: string[];
}

/** Beyond the jitter: how late a run may begin, and the look at the target's models before it asks for its jobs. */
export const GRACE_MS = 2 * MINUTE_MS;

export class WayGiving {
  readonly #options: WayGivingOptions | undefined;
  readonly #parts: WayGivingParts;
  /** By the job that waits. */
  readonly #awaited = new Map<string, AwaitedRun>();
  #endTimer: () => void = () => undefined;

  /** Without options nobody gives way. */
  constructor(options: WayGivingOptions | undefined, parts: WayGivingParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** After a restart: what is there of the runs that were waited for. */
  recover(): void {
    const { store } = this.#parts;
    const alive = [...store.active(), ...store.paused()].filter((job) => !this.#isOver(job.job_id));
    for (const { job_id: id, gives_way: way } of this.#due()) {
      const jobIds = alive.filter((job) => scheduleOf(job) === way.schedule).map((job) => job.job_id);
      if (jobIds.length > 0) this.#awaited.set(id, { batch: undefined, jobIds });
    }
  }

  /** A job has been asked for. */
  came(job: Pending, batch: symbol | undefined): void {
    const schedule = scheduleOf(job);
    if (schedule === undefined) return;
    for (const { job_id: id } of this.#due().filter(({ gives_way: way }) => way.schedule === schedule)) {
      const run = this.#awaited.get(id);
      if (run === undefined) this.#awaited.set(id, { batch, jobIds: [job.job_id] });
      else if (batch !== undefined && run.batch === batch) run.jobIds.push(job.job_id);
    }
  }

  /** Lets go on what has waited long enough. */
  release(): void {
    for (const job of this.#holding()) {
      const words = this.#whyOver(job);
      if (words === undefined) continue;
      const { gives_way: way, ...pending } = job;
      this.#awaited.delete(job.job_id);
      // Where its time has not come the schedule was changed: what now stands is looked at anew.
      const hasWaited = this.#isDue(way);
      this.#put(hasWaited ? { ...pending, gave_way_to: way.schedule } : pending, words);
    }
    this.#setTimer();
  }

  /** Has those give way whose turn it would be. */
  hold(): void {
    for (let next = this.#parts.waiting.next; next !== undefined; next = this.#parts.waiting.next) {
      const found = this.#wayOf(next);
      if (found === undefined) break;
      const { gives_way, usualMs } = found;
      const { schedule, due_at: due } = gives_way;
      const words = `Waiting for the schedule '${schedule}', due at ${due}: this takes ${roughSpan(usualMs)} and would reach into it.`;
      this.#put({ ...next, gives_way }, `${words} It starts once that run is over; priority=high starts at once.`);
    }
    this.#setTimer();
  }

  close(): void {
    this.#endTimer();
  }

  #wayOf(job: Pending): { readonly gives_way: GivesWay; readonly usualMs: number } | undefined {
    const isLong = job.mode === 'full' || job.mode === 'zeus';
    // How much is left of one that has begun nobody knows.
    const isFirstTry = job.started_at === null && job.gave_way_to === undefined;
    if (this.#options === undefined || !isLong || !isFirstTry || job.priority === 'high') return undefined;
    if (scheduleOf(job) !== undefined) return undefined;
    const [next] = [...this.#options.upcoming()].sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime());
    const usualMs = next && this.#options.usualMs(job);
    if (next === undefined || usualMs === undefined) return undefined;
    const dueMs = next.dueAt.getTime();
    if (this.#parts.now().getTime() + usualMs <= dueMs) return undefined;
    const until = new Date(dueMs + next.jitterMs + GRACE_MS).toISOString();
    return { usualMs, gives_way: { schedule: next.schedule, due_at: next.dueAt.toISOString(), until } };
  }

  /** In words; `undefined` while it has to wait. */
  #whyOver({ job_id: id, gives_way: way }: Holding): string | undefined {
    const { schedule, due_at: due, until } = way;
    if (!this.#isDue(way)) {
      const upcoming = this.#options?.upcoming() ?? [];
      const stands = upcoming.some((run) => run.schedule === schedule && run.dueAt.toISOString() === due);
      return stands ? undefined : `The schedule '${schedule}' does not come due at ${due} any more.`;
    }
    const run = this.#awaited.get(id);
    if (run !== undefined)
      return run.jobIds.every((jobId) => this.#isOver(jobId))
        ? `The run of the schedule '${schedule}' is over.`
        : undefined;
    return this.#parts.now().getTime() < Date.parse(until) ? undefined : `No run of the schedule '${schedule}' came.`;
  }

  /** It has ended or was skipped, or somebody set it aside; not one that only makes room. */
  #isOver(jobId: string): boolean {
    const job = this.#parts.store.get(jobId);
    if (job === undefined || isEnded(job)) return true;
    return job.status === 'paused' && (job.resumes_itself !== true || job.reason !== undefined);
  }

  #holding(): Holding[] {
    return this.#parts.waiting.all.filter((job): job is Holding => job.gives_way !== undefined);
  }

  #due(): Holding[] {
    return this.#holding().filter(({ gives_way: way }) => this.#isDue(way));
  }

  #isDue({ due_at: due }: GivesWay): boolean {
    return this.#parts.now().getTime() >= Date.parse(due);
  }

  #put(job: Pending, words: string): void {
    const { waiting, live, store, logger } = this.#parts;
    waiting.replace(job);
    live.write(job.job_id, words);
    store.put(job).catch((error: unknown) => {
      logger.error({ err: error, job_id: job.job_id }, 'what the job waits for could not be written');
    });
  }

  #setTimer(): void {
    this.#endTimer();
    const nowMs = this.#parts.now().getTime();
    const untilMs = this.#holding().map(({ gives_way: way }) => Date.parse(way.until));
    const nextMs = Math.min(...untilMs.filter((ms) => ms > nowMs));
    if (this.#options === undefined || nextMs === Number.POSITIVE_INFINITY) return;
    this.#endTimer = this.#options.clock.after(Math.min(nextMs - nowMs, DAY_MS), this.#parts.onTime);
  }
}
