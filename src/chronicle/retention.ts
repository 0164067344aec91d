/** Deletes the details of old runs: their folders, jobs and logs. The chronicle's rows stay. */
import { join } from 'node:path';
import { diskFileSystem, type FileSystem } from './file-system.js';
import { listRunIds, removeRun } from './run-folder.js';
import { jobIdOf, timeOf } from './run-id.js';
import type { StoragePaths } from './storage.js';
import { storageErrorOf } from './storage-error.js';

export interface RetentionRules {
  readonly runsMs: number;
  /** So many of the newest runs, and of the newest jobs, are kept however old they are. */
  readonly keepAtLeast: number;
}

interface KeptJob {
  readonly job_id: string;
  readonly preserved: boolean;
  /** `null` while it is active. */
  readonly finished_at: string | null;
}

/** What retention asks of the jobs; a store of jobs is one. */
export interface KeptJobs {
  readonly get: (jobId: string) => KeptJob | undefined;
  /** Forgets a job and its file. */
  readonly remove: (jobId: string) => Promise<void>;
  /** Newest first. */
  readonly page: (page: { readonly limit: number }) => readonly KeptJob[];
}

export interface RetentionOptions {
  readonly paths: StoragePaths;
  readonly jobs: KeptJobs;
  readonly rules: RetentionRules;
  readonly now: Date;
  readonly fs?: FileSystem | undefined;
}

export interface Removed {
  readonly runIds: readonly string[];
  readonly jobIds: readonly string[];
}

/**
 * Which of `runIds`, newest first, have to go. Ages count back from the newest run, or from `now` where that lies
 * before it: a clock that jumps ahead does not make every run old.
 */
export function expiredRuns(
  runIds: readonly string[],
  { runsMs, keepAtLeast }: RetentionRules,
  now: Date,
  isPreserved: (jobId: string) => boolean,
): string[] {
  const newest = runIds[0] === undefined ? undefined : timeOf(runIds[0]);
  const since = Math.min(now.getTime(), newest?.getTime() ?? Number.POSITIVE_INFINITY) - runsMs;
  return runIds.slice(keepAtLeast).filter((runId) => {
    const [at, jobId] = [timeOf(runId), jobIdOf(runId)];
    return at !== undefined && jobId !== undefined && at.getTime() < since && !isPreserved(jobId);
  });
}

/**
 * Applies the rules; call it at the start and once a day, while no job is being recorded. A run whose job's file
 * stands on disk but could not be read is kept, as it may say that the run is preserved. Throws `StorageError`; what
 * was removed until then stays removed.
 */
export async function applyRetention(options: RetentionOptions): Promise<Removed> {
  const { paths, jobs, rules, now, fs = diskFileSystem } = options;
  const onDisk = new Set(await jobFiles(paths, fs));
  const isPreserved = (jobId: string) => jobs.get(jobId)?.preserved ?? onDisk.has(`${jobId}.json`);
  const all = await listRunIds(paths, fs);
  const runIds = expiredRuns(all, rules, now, isPreserved);
  for (const runId of runIds) await removeRun(runId, paths, fs);
  const gone = new Set(runIds);
  const kept = new Set(all.filter((runId) => !gone.has(runId)).map(jobIdOf));
  const jobIds = expiredJobs(jobs, rules, now).filter((jobId) => !kept.has(jobId));
  for (const jobId of jobIds) {
    await jobs.remove(jobId);
    await removeLog(join(paths.logs, `${jobId}.log`), fs);
  }
  return { runIds, jobIds };
}

function expiredJobs(jobs: KeptJobs, { runsMs, keepAtLeast }: RetentionRules, now: Date): string[] {
  const ended = jobs
    .page({ limit: Number.POSITIVE_INFINITY })
    .flatMap(({ job_id, preserved, finished_at }) =>
      finished_at === null ? [] : [{ job_id, preserved, at: Date.parse(finished_at) }],
    );
  const since = Math.min(now.getTime(), ended[0]?.at ?? Number.POSITIVE_INFINITY) - runsMs;
  return ended
    .slice(keepAtLeast)
    .filter(({ at, preserved }) => at < since && !preserved)
    .map(({ job_id }) => job_id);
}

async function jobFiles(paths: StoragePaths, fs: FileSystem): Promise<string[]> {
  try {
    return await fs.readdir(paths.jobs);
  } catch (error) {
    throw storageErrorOf(error, 'list', paths.jobs);
  }
}

async function removeLog(path: string, fs: FileSystem): Promise<void> {
  try {
    await fs.rm(path, { force: true });
  } catch (error) {
    throw storageErrorOf(error, 'remove', path);
  }
}
