/** Where the metrics find what was measured before. */
import type { BenchmarkResult } from '../benchmark/result.js';
import { damagedLines } from '../chronicle/chronicle-line.js';
import { readWholeTail } from '../chronicle/rotation.js';
import { readLastRun, readRun } from '../chronicle/run-folder.js';
import type { StoragePaths } from '../chronicle/storage.js';
import type { RestoreSources } from '../metrics/series/restore.js';

/** `onLastRun` hears of the newest result where there is one. */
export function restoredFiles(
  paths: StoragePaths,
  onLastRun: (result: BenchmarkResult) => void = () => undefined,
): Pick<RestoreSources, 'lastRun' | 'rows' | 'run'> {
  return {
    lastRun: async () => {
      const lastRun = await readLastRun(paths);
      if (lastRun !== undefined) onLastRun(lastRun);
      return lastRun;
    },
    rows: async (limit) => {
      const { rows, report } = await readWholeTail(paths, { rows: limit });
      return { rows, damagedLines: damagedLines(report) };
    },
    run: (runId) => readRun(runId, paths),
  };
}
