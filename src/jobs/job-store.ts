/** Every job there ever was, without results: in memory by id and time, on disk one file each. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeJson } from '../chronicle/atomic-file.js';
import { isAlive, ownProcess, processSchema } from '../chronicle/lock.js';
import type { StoragePaths } from '../chronicle/storage.js';
import { storageErrorOf } from '../chronicle/storage-error.js';
import type { Logger } from '../logger.js';
import {
  type ActiveJob,
  type EndedJob,
  isActive,
  isEnded,
  type Job,
  type JobStatus,
  jobSchema,
  type PausedJob,
} from './job.js';
import { inOrder, type NumberedJob } from './job-order.js';

export interface JobPage {
  readonly status?: JobStatus | undefined;
  readonly mode?: Job['mode'] | undefined;
  /** A whole trigger, or its kind alone: `schedule` for those of every schedule. */
  readonly trigger?: string | undefined;
  readonly limit: number;
  /** The id of the last job of the page before. */
  readonly before?: string | undefined;
}

type JobListener = (job: Job) => void;

/** What a job's file has beside the job. */
const keptSchema = z.object({
  sequence: z.number().int().optional(),
  /** Of a job that is active: who works on it. */
  process: processSchema.optional(),
});

/** A write that has not begun: what it will write can still be replaced. */
interface WaitingWrite {
  job: Job;
}

export class JobStore {
  readonly #paths: StoragePaths;
  readonly #jobs = new Map<string, Job>();
  /** Oldest first. */
  readonly #order: string[] = [];
  readonly #sequences = new Map<string, number>();
  /** `undefined` where not all jobs are known, so that none can be numbered. */
  #nextSequence: number | undefined;
  readonly #listeners = new Set<JobListener>();
  // One write at a time for each job, so that an older state never overtakes a newer one.
  readonly #writes = new Map<string, Promise<void>>();
  readonly #waitingWrites = new Map<string, WaitingWrite>();

  constructor(paths: StoragePaths) {
    this.#paths = paths;
  }

  /**
   * Reads all jobs from disk; a file that is none is left in place and logged. A job that a `typhon run` works on now is
   * its own: it is left out.
   */
  async restore(logger: Pick<Logger, 'warn'>, now: Date): Promise<void> {
    const names = (await readdir(this.#paths.jobs)).filter((name) => /^[0-9a-f]{8}\.json$/.test(name));
    const jobs: NumberedJob[] = [];
    for (const name of names) {
      const file = join(this.#paths.jobs, name);
      try {
        const content: unknown = JSON.parse(await readFile(file, 'utf8'));
        const job = jobSchema.parse(content);
        const { sequence, process: worker } = keptSchema.parse(content);
        if (isActive(job) && worker !== undefined && worker.pid !== process.pid && isAlive(worker)) continue;
        jobs.push({ job, sequence });
      } catch (error) {
        logger.warn({ err: error, file }, 'a job file that cannot be read is left out of the history');
      }
    }
    for (const { job, sequence } of jobs) if (sequence !== undefined) this.#sequences.set(job.job_id, sequence);
    for (const job of inOrder(jobs, now)) this.#keep(job);
    this.#nextSequence = jobs.reduce((next, { sequence = 0 }) => Math.max(next, sequence + 1), 1);
  }

  get(jobId: string): Job | undefined {
    return this.#jobs.get(jobId);
  }

  /** Ids are short: among many thousands of jobs one may come again. */
  freeId(newJobId: () => string): string {
    for (;;) {
      const id = newJobId();
      if (!this.#jobs.has(id)) return id;
    }
  }

  /** Newest first. */
  page({ limit, before, ...wanted }: JobPage): Job[] {
    const found: Job[] = [];
    const end = before === undefined ? this.#order.length : this.#order.indexOf(before);
    for (let index = end - 1; index >= 0 && found.length < limit; index -= 1) {
      const job = this.#jobs.get(this.#order[index] ?? '');
      if (job !== undefined && isWanted(job, wanted)) found.push(job);
    }
    return found;
  }

  /** Active jobs, oldest first. */
  active(): ActiveJob[] {
    return this.#order.map((id) => this.#jobs.get(id)).filter((job) => job !== undefined && isActive(job));
  }

  /** Paused jobs, oldest first. */
  paused(): PausedJob[] {
    return this.#order.map((id) => this.#jobs.get(id)).filter((job) => job?.status === 'paused');
  }

  /** The newest of those that have ended. */
  newestEnded(): EndedJob | undefined {
    for (let index = this.#order.length - 1; index >= 0; index -= 1) {
      const job = this.#jobs.get(this.#order[index] ?? '');
      if (job !== undefined && isEnded(job)) return job;
    }
    return undefined;
  }

  /**
   * Takes a new state of a job and tells everybody; resolves when it, or a newer one, is on disk: a job that begins at once
   * is written once. Rejects with `StorageError`.
   */
  async put(job: Job): Promise<void> {
    this.note(job);
    const { job_id: id } = job;
    const waiting = this.#waitingWrites.get(id);
    if (waiting !== undefined) {
      waiting.job = job;
      return this.#writes.get(id);
    }
    const next: WaitingWrite = { job };
    this.#waitingWrites.set(id, next);
    const before = this.#writes.get(id) ?? Promise.resolve();
    const write = before
      .catch(() => undefined)
      .then(() => {
        this.#waitingWrites.delete(id);
        return writeJson(this.#file(id), this.#kept(next.job));
      });
    this.#writes.set(id, write);
    try {
      await write;
    } finally {
      if (this.#writes.get(id) === write) this.#writes.delete(id);
    }
  }

  /** Takes a new state of a job in memory alone: progress is not worth a write. */
  note(job: Job): void {
    this.#keep(job);
    for (const listener of this.#listeners) listener(job);
  }

  /** Calls `listener` with every new state of any job; returns what ends that. */
  subscribe(listener: JobListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves with a job that is known as soon as it has ended, which may be long ago. */
  ended(jobId: string): Promise<EndedJob> {
    return new Promise((resolve) => {
      const look = (job: Job | undefined): void => {
        if (job?.job_id !== jobId || !isEnded(job)) return;
        unsubscribe();
        resolve(job);
      };
      const unsubscribe = this.subscribe(look);
      look(this.get(jobId));
    });
  }

  /** Forgets a job and its file, for retention or because it did not take place. Rejects with `StorageError`. */
  async remove(jobId: string): Promise<void> {
    this.#jobs.delete(jobId);
    this.#sequences.delete(jobId);
    const index = this.#order.indexOf(jobId);
    if (index !== -1) this.#order.splice(index, 1);
    // One that is under way would bring the file back.
    await this.#writes.get(jobId)?.catch(() => undefined);
    try {
      await rm(this.#file(jobId), { force: true });
    } catch (error) {
      throw storageErrorOf(error, 'remove', this.#file(jobId));
    }
  }

  #kept(job: Job): Job & z.infer<typeof keptSchema> {
    const sequence = this.#sequences.get(job.job_id);
    return {
      ...job,
      ...(sequence === undefined ? {} : { sequence }),
      ...(isActive(job) ? { process: ownProcess() } : {}),
    };
  }

  #file(jobId: string): string {
    return join(this.#paths.jobs, `${jobId}.json`);
  }

  #keep(job: Job): void {
    if (!this.#jobs.has(job.job_id)) {
      this.#order.push(job.job_id);
      if (this.#nextSequence !== undefined) {
        this.#sequences.set(job.job_id, this.#nextSequence);
        this.#nextSequence += 1;
      }
    }
    this.#jobs.set(job.job_id, job);
  }
}

function isWanted(job: Job, { status, mode, trigger }: Omit<JobPage, 'limit' | 'before'>): boolean {
  if (status !== undefined && job.status !== status) return false;
  if (mode !== undefined && job.mode !== mode) return false;
  return trigger === undefined || job.trigger === trigger || job.trigger.startsWith(`${trigger}:`);
}
