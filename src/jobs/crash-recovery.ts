/** What the agent's last life recorded and did not live to say. */
import { type CompletedRecord, completeRecord } from '../chronicle/complete-record.js';
import { listRunIds, readLastRun } from '../chronicle/run-folder.js';
import { jobIdOf } from '../chronicle/run-id.js';
import type { StoragePaths } from '../chronicle/storage.js';
import type { Logger } from '../logger.js';
import { Checkpoints, testsDone } from './checkpoint.js';
import { endedJob, type JobIn } from './job.js';
import type { JobStore } from './job-store.js';

export interface CrashRecoveryOptions {
  /** Restored. */
  readonly store: JobStore;
  readonly paths: StoragePaths;
  readonly now: () => Date;
  readonly logger: Logger;
}

/**
 * A result is whole once its run has a folder: whatever else of its record a crash cut off is written now, and its job is
 * done. Where there is no result, what the job had finished and of which server is known again. To be called before
 * anything else is made of the jobs or the chronicle. Never rejects: a record that cannot be completed is logged, and its
 * job is as interrupted as the others.
 */
export async function recoverRecordedJobs(options: CrashRecoveryOptions): Promise<void> {
  const { store, logger } = options;
  const running = store.active().filter((job): job is JobIn<'running'> => job.status === 'running');
  for (const job of running) {
    try {
      await recoverJob(job, options);
    } catch (error) {
      logger.error({ err: error, job_id: job.job_id }, 'cannot tell whether the result of a job was recorded');
    }
  }
}

async function recoverJob(job: JobIn<'running'>, { store, paths, now, logger }: CrashRecoveryOptions): Promise<void> {
  const runId = (await listRunIds(paths)).find((id) => jobIdOf(id) === job.job_id);
  const recorded = runId === undefined ? await recordedLast(job, paths) : await completeRecord(runId, paths, now());
  if (recorded === undefined) return recallProgress(job, { store, paths });
  const { result, rows } = recorded;
  const tests = result.benchmarks.length;
  const progress = { done: tests, total: tests, current_test: null };
  await store.put(
    endedJob({ ...job, progress }, { status: 'done', runId: result.run_id }, new Date(result.finished_at)),
  );
  logger.warn(
    { job_id: job.job_id, run_id: result.run_id, rows },
    'the record of a job that the agent died in is complete',
  );
}

/** How far a job had come was told in memory alone. */
async function recallProgress(
  job: JobIn<'running'>,
  { store, paths }: Pick<CrashRecoveryOptions, 'store' | 'paths'>,
): Promise<void> {
  const checkpoint = await new Checkpoints(paths.checkpoints).read(job.job_id);
  if (checkpoint === undefined) return;
  const { plan, subject } = checkpoint;
  const { requested = { target: job.target, model: job.model } } = job;
  store.note({
    ...job,
    requested,
    target: subject.target,
    model: subject.model,
    progress: { done: testsDone(checkpoint), total: plan.tests.length, current_test: null },
  });
}

/** Where somebody has taken the run's folder away, `last_run.json` still has its result, with which every record ends. */
async function recordedLast(job: JobIn<'running'>, paths: StoragePaths): Promise<CompletedRecord | undefined> {
  const result = await readLastRun(paths);
  return result?.job_id === job.job_id ? { result, rows: 0 } : undefined;
}
