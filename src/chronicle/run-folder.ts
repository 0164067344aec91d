/** `runs/<run id>/result.json`: every run in a folder of its own that is never written again. */
import { join } from 'node:path';
import { type BenchmarkResult, benchmarkResultSchema } from '../benchmark/result.js';
import { jsonText, stageFile, syncFolder, writeNewFile } from './atomic-file.js';
import { diskFileSystem, type FileSystem, systemCodeOf } from './file-system.js';
import { isRunId, nextRunId } from './run-id.js';
import type { StoragePaths } from './storage.js';
import { StorageError, storageErrorOf } from './storage-error.js';
import { temporaryNameFor } from './temporary-name.js';

const RESULT_FILE = 'result.json';

export interface RunFolder {
  readonly path: string;
  /** What stands in the folder: the given result, or it under a later id where its own was taken. */
  readonly result: BenchmarkResult;
  /** Takes the folder away again, whole. */
  remove(): Promise<void>;
}

// As many runs of one job within as many milliseconds cannot happen; a loop without an end must not either.
const MAX_TRIES = 1000;

/**
 * Writes the folder of a run; it appears whole. An id that is taken is never overwritten: the run takes the next free
 * millisecond as its id. Throws `StorageError`, then nothing of the run is left.
 */
export async function writeRunFolder(
  result: BenchmarkResult,
  paths: StoragePaths,
  fs: FileSystem = diskFileSystem,
): Promise<RunFolder> {
  let candidate = result;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const path = runFolderOf(candidate.run_id, paths);
    if (await createRunFolder(path, candidate, fs)) {
      return { path, result: candidate, remove: () => removeRunFolder(path, paths, fs) };
    }
    candidate = { ...candidate, run_id: nextRunId(candidate.run_id) ?? candidate.run_id };
  }
  throw new StorageError(`No free run id after ${result.run_id} in ${paths.runs}.`, {
    code: 'io_error',
    path: paths.runs,
  });
}

function runFolderOf(runId: string, paths: StoragePaths): string {
  if (isRunId(runId)) return join(paths.runs, runId);
  const expected = 'expected a UTC time and 8 hex digits, such as 2026-11-21_14-30-45.123_a3f1c820';
  throw new StorageError(`${JSON.stringify(runId.slice(0, 100))} is no run id: ${expected}.`, {
    code: 'not_found',
    path: paths.runs,
  });
}

// How systems say that a folder with something in it stands where another is to be renamed to.
const taken = new Set(['ENOTEMPTY', 'EEXIST', 'EPERM']);

/** False where `path` is taken. The rename decides: looking first only spares the writing. */
async function createRunFolder(path: string, result: BenchmarkResult, fs: FileSystem): Promise<boolean> {
  const temporary = temporaryNameFor(path);
  try {
    if (await exists(path, fs)) return false;
    await fs.mkdir(temporary);
    await writeNewFile(join(temporary, RESULT_FILE), jsonText(result), fs);
    await syncFolder(temporary, fs);
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { recursive: true, force: true });
    if (taken.has(systemCodeOf(error) ?? '') && (await exists(path, fs))) return false;
    throw storageErrorOf(error, 'write', join(path, RESULT_FILE));
  }
  await syncFolder(join(path, '..'), fs);
  return true;
}

async function exists(path: string, fs: FileSystem): Promise<boolean> {
  try {
    await fs.stat(path);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function removeRunFolder(path: string, paths: StoragePaths, fs: FileSystem): Promise<void> {
  // Renamed first, so that no reader ever sees a run's folder without its result.
  const temporary = temporaryNameFor(path);
  try {
    await fs.rename(path, temporary);
    await syncFolder(paths.runs, fs);
    await fs.rm(temporary, { recursive: true, force: true });
  } catch (error) {
    throw storageErrorOf(error, 'remove', path);
  }
}

/** Deletes a run's folder, which disappears whole. Throws `StorageError`. */
export function removeRun(runId: string, paths: StoragePaths, fs: FileSystem = diskFileSystem): Promise<void> {
  return removeRunFolder(runFolderOf(runId, paths), paths, fs);
}

/** The ids of all runs on disk, newest first. */
export async function listRunIds(paths: StoragePaths, fs: FileSystem = diskFileSystem): Promise<string[]> {
  try {
    const names = await fs.readdir(paths.runs);
    return names.filter(isRunId).sort().reverse();
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw storageErrorOf(error, 'list', paths.runs);
  }
}

/** Puts the result of a run, as it stands in its folder, in place of `last_run.json`. Throws `StorageError`. */
export async function publishRun(runId: string, paths: StoragePaths, fs: FileSystem = diskFileSystem): Promise<void> {
  const path = join(runFolderOf(runId, paths), RESULT_FILE);
  const content = await fs.readFile(path).catch((error: unknown) => {
    throw storageErrorOf(error, 'read', path);
  });
  const staged = await stageFile(paths.lastRun, content, fs);
  await staged.commit();
}

/** The result of a run; throws `StorageError` with `not_found` or `corrupt`. */
export async function readRun(
  runId: string,
  paths: StoragePaths,
  fs: FileSystem = diskFileSystem,
): Promise<BenchmarkResult> {
  return readResult(join(runFolderOf(runId, paths), RESULT_FILE), fs);
}

/** The newest finished result; `undefined` where none was recorded yet; throws `StorageError` where it is corrupt. */
export async function readLastRun(
  paths: StoragePaths,
  fs: FileSystem = diskFileSystem,
): Promise<BenchmarkResult | undefined> {
  try {
    return await readResult(paths.lastRun, fs);
  } catch (error) {
    if (error instanceof StorageError && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** A result from anywhere; throws `StorageError` with `not_found` or `corrupt`. */
async function readResult(path: string, fs: FileSystem = diskFileSystem): Promise<BenchmarkResult> {
  const text = await fs.readFile(path, 'utf8').catch((error: unknown) => {
    throw storageErrorOf(error, 'read', path);
  });
  try {
    // To compile a checker takes longer than it would save with one result.
    return benchmarkResultSchema.parse(JSON.parse(text), { jitless: true });
  } catch (error) {
    throw new StorageError(`Cannot read ${path}: it is no benchmark result.`, { code: 'corrupt', path, cause: error });
  }
}
