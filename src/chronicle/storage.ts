/** The layout of the storage path, and whether it can take what a benchmark will write. */
import { constants } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { stageFile } from './atomic-file.js';
import { diskFileSystem, type FileSystem, systemCodeOf } from './file-system.js';
import { StorageError, storageErrorOf } from './storage-error.js';
import { removeStaleFiles } from './temporary-name.js';

/** Absolute paths of everything typhon keeps. */
export interface StoragePaths {
  readonly root: string;
  readonly hardwareProfile: string;
  /** The random id of a machine that has no id of its own. */
  readonly machineId: string;
  /** The random id of this storage path. */
  readonly installationId: string;
  readonly lastRun: string;
  readonly chronicle: string;
  /** One folder a run, named by its id. */
  readonly runs: string;
  /** `<job id>.log`, one line per event. */
  readonly logs: string;
  /** `<job id>.json`, the job without its result. */
  readonly jobs: string;
  /** `<job id>.json`: what jobs that are not through have finished. */
  readonly checkpoints: string;
  /** Names of the schedules that were paused by hand. */
  readonly pausedSchedules: string;
  /** Until when the times of each schedule have been handled. */
  readonly scheduleSlots: string;
  /** `<channel>.json`: what a channel is still to be told. */
  readonly notifications: string;
  /** The judged state of every series, rebuilt from the chronicle's tail where it is missing. */
  readonly trendBook: string;
  /** The newest figures of every model, rebuilt from the chronicle where it is missing. */
  readonly modelIndex: string;
  /** What the history shows of each run, one line each; read again from the runs where it is missing. */
  readonly runHeadlines: string;
  /** What users declared to be the new normal, one line each. */
  readonly baselineResets: string;
  /** What benchmarks found in servers' memory and will put back; each process writes one with its number in the name. */
  readonly modelLoads: string;
  /** Held by the agent that owns the storage path. */
  readonly agentLock: string;
}

/** Where everything lies below `root`, absolute where `root` is. Touches no disk. */
export function storagePaths(root: string): StoragePaths {
  const absolute = resolve(root);
  return {
    root: absolute,
    hardwareProfile: join(absolute, 'hardware_profile.json'),
    machineId: join(absolute, 'machine_id'),
    installationId: join(absolute, 'installation_id'),
    lastRun: join(absolute, 'last_run.json'),
    chronicle: join(absolute, 'chronicle.jsonl'),
    runs: join(absolute, 'runs'),
    logs: join(absolute, 'logs'),
    jobs: join(absolute, 'logs', 'jobs'),
    checkpoints: join(absolute, 'checkpoints'),
    pausedSchedules: join(absolute, 'paused_schedules.json'),
    scheduleSlots: join(absolute, 'schedule_slots.json'),
    notifications: join(absolute, 'notifications'),
    trendBook: join(absolute, 'trends.json'),
    modelIndex: join(absolute, 'models.json'),
    runHeadlines: join(absolute, 'headlines.jsonl'),
    baselineResets: join(absolute, 'baseline_resets.jsonl'),
    modelLoads: join(absolute, 'model_loads.json'),
    agentLock: join(absolute, 'agent.lock'),
  };
}

// A full run with its samples writes well under 1 MiB; the rest is room for the log and for other programs.
const MIN_FREE_BYTES = 16 * 2 ** 20;
// A quota or a file system that lies about its room shows itself only when something is really written.
const PROBE_BYTES = 64 * 1024;

function foldersOf(paths: StoragePaths): string[] {
  return [paths.root, paths.runs, paths.logs, paths.jobs];
}

async function createFolders(paths: StoragePaths, fs: FileSystem): Promise<void> {
  for (const folder of foldersOf(paths)) {
    try {
      await createFolder(folder, fs);
    } catch (error) {
      throw storageErrorOf(error, 'create the folder', folder);
    }
  }
}

/**
 * Not by mkdir's `recursive`: in Node 20 it never ends where a folder refuses new ones with ENOENT, as /proc does, and
 * tells ENOENT instead of EROFS for a read-only disk.
 */
async function createFolder(path: string, fs: FileSystem): Promise<void> {
  try {
    await fs.mkdir(path);
  } catch (error) {
    if (await isFolder(path, fs)) return;
    if (systemCodeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    await createFolder(dirname(path), fs);
    await fs.mkdir(path);
  }
}

async function isFolder(path: string, fs: FileSystem): Promise<boolean> {
  return fs.stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

async function checkRoom(root: string, minFreeBytes: number, fs: FileSystem): Promise<void> {
  const { bavail, bsize } = await fs.statfs(root);
  const free = bavail * bsize;
  if (free >= minFreeBytes) return;
  const [have, need] = [free, minFreeBytes].map((bytes) => (bytes / 2 ** 20).toFixed(1));
  const advice = 'free some space or choose another folder with --storage.path';
  const message = `The disk of ${root} has ${have} MiB left, ${need} MiB are needed: ${advice}.`;
  throw new StorageError(message, { code: 'disk_full', path: root });
}

/** A file that is appended to or replaced must be a file, and one that may be written. */
async function checkFile(path: string, fs: FileSystem): Promise<void> {
  try {
    const file = await fs.open(path, 'r+');
    await file.close();
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw storageErrorOf(error, 'write', path);
  }
}

async function writeProbe(folder: string, fs: FileSystem): Promise<void> {
  const probe = await stageFile(join(folder, 'probe'), Buffer.alloc(PROBE_BYTES), fs);
  await probe.discard();
}

/**
 * Creates the folders and finds out, before a benchmark starts, whether its result could be written: the room left,
 * the permissions, and a file really written and removed again. Throws `StorageError` saying what to do.
 */
export async function checkStorage(
  paths: StoragePaths,
  { minFreeBytes = MIN_FREE_BYTES }: { readonly minFreeBytes?: number } = {},
  fs: FileSystem = diskFileSystem,
): Promise<void> {
  await createFolders(paths, fs);
  await checkRoom(paths.root, minFreeBytes, fs);
  // At once: a disk that is waited for writes all of them in one go. Each takes back what it wrote before any is told of.
  const probes = await Promise.allSettled(foldersOf(paths).map((folder) => writeProbe(folder, fs)));
  const refused = probes.find((probe) => probe.status === 'rejected');
  if (refused !== undefined) throw refused.reason;
  for (const file of [paths.chronicle, paths.lastRun]) await checkFile(file, fs);
}

/** Why nothing could be recorded now, in words; `undefined` where it could. Cheap: nothing is written. Never rejects. */
export async function storageProblem(
  paths: StoragePaths,
  fs: FileSystem = diskFileSystem,
): Promise<string | undefined> {
  for (const folder of foldersOf(paths)) {
    try {
      if (!(await fs.stat(folder)).isDirectory()) return `${folder} is no folder any more.`;
      await fs.access(folder, constants.W_OK | constants.X_OK);
    } catch (error) {
      return storageErrorOf(error, 'write to', folder).message;
    }
  }
  return undefined;
}

/** Removes what a crashed process had not finished writing; returns the removed paths. Call it once, at the start. */
export async function clearStaleFiles(paths: StoragePaths, fs: FileSystem = diskFileSystem): Promise<string[]> {
  const removed: string[] = [];
  for (const folder of foldersOf(paths)) {
    try {
      removed.push(...(await removeStaleFiles(folder, fs)));
    } catch (error) {
      throw storageErrorOf(error, 'clean', folder);
    }
  }
  return removed;
}
