/** Writes a finished benchmark into the storage path: the run's folder, the chronicle, the last run. */
import type { BenchmarkResult } from '../benchmark/result.js';
import { jsonText, stageFile } from './atomic-file.js';
import { appendRows } from './chronicle.js';
import { diskFileSystem, type FileSystem } from './file-system.js';
import { rowsOf } from './row.js';
import { writeRunFolder } from './run-folder.js';
import type { StoragePaths } from './storage.js';

export interface Recorded {
  /** As it was written: under a later `run_id` where its own was taken. */
  readonly result: BenchmarkResult;
  readonly runFolder: string;
  /** Rows appended to the chronicle: one for each test with a success. */
  readonly rows: number;
  /** The chronicle's last line had been torn by a crash; it was left in place and the rows start a new line. */
  readonly tornLineBefore: boolean;
}

/** What is said of {@link Recorded.tornLineBefore}. */
export const TORN_LINE = 'a crash had torn the last line of the chronicle: it is passed over from now on';

/**
 * Records `result`. The order lets no crash leave a lie: first the run's folder, which nothing refers to yet, then
 * the rows, which refer to it, and `last_run.json` last. Throws `StorageError`; then, as far as the disk
 * lets it, nothing of the result is left and the former files stand as they were.
 */
export async function recordResult(
  result: BenchmarkResult,
  paths: StoragePaths,
  fs: FileSystem = diskFileSystem,
): Promise<Recorded> {
  const folder = await writeRunFolder(result, paths, fs);
  try {
    const { rows, tornLineBefore } = await appendAndPublish(folder.result, paths, fs);
    return { result: folder.result, runFolder: folder.path, rows, tornLineBefore };
  } catch (error) {
    await takingBack(() => folder.remove());
    throw error;
  }
}

async function appendAndPublish(result: BenchmarkResult, paths: StoragePaths, fs: FileSystem) {
  // Staged before the append: a full disk shows itself while there is nothing to take back.
  const lastRun = await stageFile(paths.lastRun, jsonText(result), fs);
  const appended = await appendRows(paths.chronicle, rowsOf(result), fs).catch(async (error: unknown) => {
    await takingBack(() => lastRun.discard());
    throw error;
  });
  try {
    await lastRun.commit();
  } catch (error) {
    await takingBack(() => appended.undo());
    throw error;
  }
  return appended;
}

/** Cleans up after a failure. A disk that refused one thing may refuse this too: the first error is what explains. */
async function takingBack(undo: () => Promise<void>): Promise<void> {
  await undo().catch(() => undefined);
}
