/** The demo's run in the foreground, and what it puts before it. */
import type { BenchmarkResult } from '../../benchmark/result.js';
import { type Recorded, recordResult } from '../../chronicle/record.js';
import type { StoragePaths } from '../../chronicle/storage.js';
import { progressOn } from '../output/run-progress.js';
import { type ForegroundRun, foregroundRun } from '../run/foreground-run.js';
import { madeUpPast } from './made-up-past.js';

export interface MeasuredOnce extends Pick<ForegroundRun, 'config' | 'context' | 'logger' | 'signal'> {
  /** Whether runs that nobody made are recorded before it. */
  readonly makesUp: boolean;
}

/** A quick run, recorded. Throws what `foregroundRun` throws. */
export async function measuredOnce({ makesUp, logger, ...run }: MeasuredOnce): Promise<BenchmarkResult> {
  const { result } = await foregroundRun({
    ...run,
    logger: logger.child({}, { level: 'warn' }),
    progress: progressOn(run.context.stdout),
    mode: 'quick',
    target: undefined,
    model: undefined,
    record: makesUp ? recordAfterPast : recordResult,
  });
  return result;
}

async function recordAfterPast(result: BenchmarkResult, paths: StoragePaths): Promise<Recorded> {
  for (const past of madeUpPast(result)) await recordResult(past, paths);
  return recordResult(result, paths);
}
