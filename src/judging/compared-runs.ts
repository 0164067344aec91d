/** Runs side by side, held against what their series showed before. */
import type { BenchmarkResult } from '../benchmark/result.js';
import { readWholeTail } from '../chronicle/rotation.js';
import type { StoragePaths } from '../chronicle/storage.js';
import { type RunComparison, runComparison } from '../trends/comparison/run-comparison.js';

/** How far back a series' noise is looked for. */
const HISTORY_ROWS = 1000;

/** Throws `StorageError`. */
export async function comparedRuns(
  results: readonly BenchmarkResult[],
  { paths, drop }: { readonly paths: Pick<StoragePaths, 'chronicle'>; readonly drop: number },
): Promise<RunComparison> {
  const { rows: history } = await readWholeTail(paths, { rows: HISTORY_ROWS });
  return runComparison(results, { drop, history });
}
