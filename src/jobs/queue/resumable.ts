/** Which jobs can be stopped or go on, as far as the jobs themselves tell, and why the others cannot. */
import { type EndedJob, isBrokenOff, type Job, type PausedJob } from '../job.js';
import { JobError } from '../job-error.js';
import type { JobStore } from '../job-store.js';
import { RESUMABLE_MS } from './paused-jobs.js';

export const RESUMABLE_HOURS = RESUMABLE_MS / 3_600_000;

/** Throws `JobError` with `not_found`. */
export function knownJob(jobId: string, store: Pick<JobStore, 'get'>): Job {
  const job = store.get(jobId);
  if (job === undefined) throw new JobError('not_found', `Job '${jobId}' not found.`, jobId);
  return job;
}

/** The job where it could go on. Throws `JobError`: `not_found`, `not_resumable`. */
export function resumableJob(jobId: string, store: Pick<JobStore, 'get'>, now: Date): PausedJob | EndedJob {
  const job = knownJob(jobId, store);
  if (job.status !== 'paused' && !isBrokenOff(job)) throw notResumable(jobId, whyNeither(job));
  const sinceMs = Date.parse(job.status === 'paused' ? job.paused_at : job.finished_at);
  if (now.getTime() - sinceMs <= RESUMABLE_MS) return job;
  const since = new Date(sinceMs).toISOString();
  const what = job.status === 'paused' ? 'paused' : 'interrupted';
  throw notResumable(jobId, `was ${what} at ${since}, more than ${RESUMABLE_HOURS} h ago: start a new one`);
}

export function notActive(job: Job | undefined): JobError {
  const state = job === undefined ? 'gone' : `not running or pending (status: ${job.status})`;
  return new JobError('not_active', `Job '${job?.job_id}' is ${state}.`, job?.job_id);
}

/** In words that follow the job's name. */
function whyNeither(job: Job): string {
  if (job.status === 'running' && job.pausing === true) return 'is still being paused: the test that runs ends first';
  if (job.status === 'interrupted' && job.expired === true)
    return `was paused for more than ${RESUMABLE_HOURS} h: start a new one`;
  return `is not paused or interrupted (status: ${job.status})`;
}

function notResumable(jobId: string, words: string): JobError {
  return new JobError('not_resumable', `Job '${jobId}' ${words}.`, jobId);
}
