/** One benchmark at a time on a machine, also where an agent and `typhon run` are two processes. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { takeLock } from '../chronicle/lock.js';
import { StorageError } from '../chronicle/storage-error.js';
import type { JobWork } from './job-work.js';

export interface MachineLockOptions {
  /** The same for every typhon of the machine. */
  readonly path: string;
  readonly now: () => Date;
  /** Told once, in words, where somebody else holds the lock, or where nobody can take it. */
  readonly onWait: (words: string) => void;
}

const ASK_AGAIN_MS = 500;

/** The lock of whoever puts load on this machine: in the folder for temporary files, which all storage paths share. */
export function machineLockFile(): string {
  return join(tmpdir(), 'typhon-benchmark.lock');
}

/**
 * Waits until no other process of this machine benchmarks, then holds the lock until the returned function is called.
 * Goes on without it where the file may not be written: another user's process that was killed may have left it, in a
 * folder where each user removes their own files alone. Rejects with the signal's reason or a `StorageError`.
 */
export async function takeMachineLock(
  { job, signal }: Pick<JobWork, 'job' | 'signal'>,
  { path, now, onWait }: MachineLockOptions,
): Promise<() => Promise<void>> {
  let told = false;
  for (;;) {
    signal.throwIfAborted();
    const attempt = await takeLock({ path, purpose: `benchmark ${job.job_id}`, now }).catch(forbiddenOnly);
    if (attempt === 'forbidden') {
      onWait(`${path} may not be written: this benchmark takes no turns with others on this machine.`);
      return async () => undefined;
    }
    if (!attempt.held) return attempt.release;
    if (!told) onWait(`Waiting for ${attempt.by.purpose} of process ${attempt.by.pid} on this machine.`);
    told = true;
    await delay(ASK_AGAIN_MS, undefined, { signal });
  }
}

function forbiddenOnly(error: unknown): 'forbidden' {
  if (error instanceof StorageError && error.code === 'not_writable') return 'forbidden';
  throw error;
}
