import type { BenchmarkResult } from '../benchmark/result.js';
import { endedJob } from './job.js';
import type { JobStore } from './job-store.js';

/**
 * The agent may have died between recording a result and writing down that its job is done: the job that `lastRun`
 * names, with which every record ends, is done. To be called after the restoring and before anything else is ended.
 */
export async function endRecordedJob(
  store: JobStore,
  lastRun: Pick<BenchmarkResult, 'job_id' | 'run_id' | 'finished_at' | 'benchmarks'> | undefined,
): Promise<void> {
  const job = store.active().find(({ job_id: id, status }) => status === 'running' && id === lastRun?.job_id);
  if (job === undefined || lastRun === undefined) return;
  const tests = lastRun.benchmarks.length;
  const progress = { done: tests, total: tests, current_test: null };
  const end = { status: 'done', runId: lastRun.run_id } as const;
  await store.put(endedJob({ ...job, progress }, end, new Date(lastRun.finished_at)));
}
