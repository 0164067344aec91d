/** One benchmark at a time on a machine, also where an agent and `typhon run` are two processes. */
import { accessSync, constants, lstatSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { holderOf, isSuspended, type LockHolder, takeLock } from '../chronicle/lock.js';
import { StorageError } from '../chronicle/storage-error.js';
import { formatDuration } from '../config/duration.js';
import type { JobWork } from './job-work.js';
import type { LockWait } from './lock-wait.js';

export interface MachineLockPlaces {
  readonly environment: NodeJS.ProcessEnv;
  /** The user's number; `undefined` on systems without. */
  readonly uid: number | undefined;
  readonly temporaryFolder: string;
  /** Made by the service's unit for its user, readable for all. */
  readonly serviceFolder: string;
}

export interface MachineLockOptions {
  /** As `machineLockFile` answers it. */
  readonly path: string;
  /** Where the service's benchmarks hold their lock; it is honoured, but not taken, by those who hold another. */
  readonly servicePath: string;
  readonly now: () => Date;
  /** Told how long, and for whom. */
  readonly wait: LockWait;
  /** How long somebody else may have the lock. */
  readonly timeoutMs: number;
  /** Told once, in words, where somebody else holds the lock, or where nobody can take it. */
  readonly onWait: (words: string) => void;
}

/** Another process did not give the machine up in time. */
export class MachineLockError extends Error {
  override readonly name = 'MachineLockError';
  readonly code = 'turn_timeout';
}

const ASK_AGAIN_MS = 500;

export const thisMachine = (environment: NodeJS.ProcessEnv): MachineLockPlaces => ({
  environment,
  uid: process.geteuid?.(),
  temporaryFolder: tmpdir(),
  serviceFolder: '/run/typhon',
});

/**
 * The lock of whoever puts load on this machine. It lies where only this user or the service can put a file, if there is
 * such a place: in a folder that everybody writes to, anybody could hold it for ever.
 */
export function machineLockFile({ environment, uid, temporaryFolder, serviceFolder }: MachineLockPlaces): string {
  const session = environment['XDG_RUNTIME_DIR'] || `/run/user/${uid}`;
  if (isAbsolute(session) && isOwnFolder(session, uid)) return join(session, 'typhon-benchmark.lock');
  if (isWritable(serviceFolder)) return serviceLockFile({ serviceFolder });
  return join(temporaryFolder, `typhon-benchmark-${uid ?? 'all'}.lock`);
}

export function serviceLockFile({ serviceFolder }: Pick<MachineLockPlaces, 'serviceFolder'>): string {
  return join(serviceFolder, 'benchmark.lock');
}

/**
 * Waits until no other process of this machine benchmarks, then holds the lock until the returned function is called.
 * Goes on without it where it cannot be had: no such folder, no permission, another user's file, or what is no file.
 * Rejects with the signal's reason, a `MachineLockError` or a `StorageError`.
 */
export async function takeMachineLock(
  { job, signal }: Pick<JobWork, 'job' | 'signal'>,
  options: MachineLockOptions,
): Promise<() => Promise<void>> {
  const { wait, timeoutMs, onWait } = options;
  let told = false;
  try {
    for (;;) {
      signal.throwIfAborted();
      const attempt = await attemptOf(`benchmark ${job.job_id}`, options);
      if (attempt.state === 'taken') return attempt.release;
      if (attempt.state === 'unavailable') {
        onWait(`${attempt.why} This benchmark takes no turns with others on this machine.`);
        return async () => undefined;
      }
      const holder = wordsOf(attempt.by);
      if (!told) onWait(`Waiting for ${holder}.`);
      told = true;
      wait.for(holder);
      if ((wait.current?.seconds ?? 0) * 1000 >= timeoutMs) {
        throw new MachineLockError(`Waited ${formatDuration(timeoutMs)} (jobs.turn_timeout) for ${holder}.`);
      }
      await delay(ASK_AGAIN_MS, undefined, { signal });
    }
  } finally {
    wait.over();
  }
}

type Attempt =
  | { readonly state: 'taken'; readonly release: () => Promise<void> }
  | { readonly state: 'held'; readonly by: LockHolder }
  | { readonly state: 'unavailable'; readonly why: string };

async function attemptOf(purpose: string, { path, servicePath, now }: MachineLockOptions): Promise<Attempt> {
  // A file of the service's that cannot be read stands in nobody's way.
  const service = path === servicePath ? undefined : await holderOf(servicePath).catch(() => undefined);
  if (service !== undefined) return { state: 'held', by: service };
  try {
    const attempt = await takeLock({ path, purpose, now, ownFilesOnly: true });
    return attempt.held ? { state: 'held', by: attempt.by } : { state: 'taken', release: attempt.release };
  } catch (error) {
    if (error instanceof StorageError && unavailable.has(error.code)) {
      return { state: 'unavailable', why: error.message };
    }
    throw error;
  }
}

const unavailable: ReadonlySet<string> = new Set([
  'not_writable',
  'not_found',
  'not_a_directory',
  'not_a_file',
  'disk_full',
]);

function wordsOf(holder: LockHolder): string {
  const { purpose, pid, since } = holder;
  const suspended = isSuspended(holder) ? ', which is suspended' : '';
  return `${purpose} of process ${pid}${suspended}, on this machine since ${since}`;
}

/** Of this user and closed to others, as the XDG Base Directory Specification has it. */
function isOwnFolder(folder: string, uid: number | undefined): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === uid && (stats.mode & 0o022) === 0;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
