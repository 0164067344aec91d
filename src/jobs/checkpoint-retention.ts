import type { Checkpoints } from './checkpoint.js';
import { isBrokenOff, type Job } from './job.js';
import type { JobStore } from './job-store.js';
import { RESUMABLE_MS } from './queue/paused-jobs.js';

export interface CheckpointRetentionOptions {
  readonly checkpoints: Pick<Checkpoints, 'jobIds' | 'remove'>;
  /** Restored. */
  readonly store: Pick<JobStore, 'get'>;
  readonly now: Date;
}

/** Removes what jobs have finished that cannot go on any more; answers of how many. Rejects with `StorageError`. */
export async function removeUnusedCheckpoints({
  checkpoints,
  store,
  now,
}: CheckpointRetentionOptions): Promise<number> {
  const unused = (await checkpoints.jobIds()).filter((jobId) => !mayGoOn(store.get(jobId), now));
  for (const jobId of unused) await checkpoints.remove(jobId);
  return unused.length;
}

/** A job that is not known may be that of a `typhon run` of now. */
function mayGoOn(job: Job | undefined, now: Date): boolean {
  if (job === undefined || job.finished_at === null) return true;
  return isBrokenOff(job) && now.getTime() - Date.parse(job.finished_at) <= RESUMABLE_MS;
}
