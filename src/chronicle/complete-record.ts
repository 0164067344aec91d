/** Completes the record of a run that a crash cut off: its folder is there, what `recordResult` writes after it may not be. */
import type { BenchmarkResult } from '../benchmark/result.js';
import { appendRows } from './chronicle.js';
import { diskFileSystem, type FileSystem } from './file-system.js';
import { readWholeTail } from './rotation.js';
import { type ChronicleRow, rowsOf } from './row.js';
import { publishRun, readLastRun, readRun } from './run-folder.js';
import type { StoragePaths } from './storage.js';
import { StorageError } from './storage-error.js';

export interface CompletedRecord {
  readonly result: BenchmarkResult;
  /** Rows that the chronicle lacked. */
  readonly rows: number;
}

/** The run was the last one, or nearly: `typhon run` may have recorded some after it. */
const TAIL_ROWS = 2000;

/** Throws `StorageError`: where the folder's result cannot be read, or what is missing cannot be written. */
export async function completeRecord(
  runId: string,
  paths: StoragePaths,
  now: Date,
  fs: FileSystem = diskFileSystem,
): Promise<CompletedRecord> {
  const result = await readRun(runId, paths, fs);
  const { rows } = await readWholeTail(paths, { rows: TAIL_ROWS });
  // A process that is killed may have written some of its rows.
  const present = new Set(rows.filter((row) => row.run_id === runId).map(testOf));
  const missing = rowsOf(result).filter((row) => !present.has(testOf(row)));
  await appendRows(paths.chronicle, missing, fs);
  if (isNewer(result, await lastRunOf(paths, fs), now)) await publishRun(runId, paths, fs);
  return { result, rows: missing.length };
}

function testOf({ test_id, ctx_size }: ChronicleRow): string {
  return `${test_id} ${ctx_size}`;
}

async function lastRunOf(paths: StoragePaths, fs: FileSystem): Promise<BenchmarkResult | undefined> {
  try {
    return await readLastRun(paths, fs);
  } catch (error) {
    // What cannot be read is replaced.
    if (error instanceof StorageError && error.code === 'corrupt') return undefined;
    throw error;
  }
}

/** A run from the future was recorded before its clock was put right. */
function isNewer(result: BenchmarkResult, last: BenchmarkResult | undefined, now: Date): boolean {
  if (last === undefined) return true;
  const [at, lastAt] = [Date.parse(result.finished_at), Date.parse(last.finished_at)];
  return result.run_id !== last.run_id && (at >= lastAt || lastAt > now.getTime());
}
