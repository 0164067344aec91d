/** A file that names the one process that may do something, so that a second one can say who is in its way. */
import { readFileSync } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { systemCodeOf } from './file-system.js';
import { storageErrorOf } from './storage-error.js';

const holderSchema = z.object({
  pid: z.number().int().positive(),
  /** What it does, in words. */
  purpose: z.string(),
  since: z.string(),
  /** When the process started, in the kernel's ticks, where the system tells: a pid may come again. */
  started: z.string().nullable(),
});
export type LockHolder = z.infer<typeof holderSchema>;

export type LockAttempt =
  | { readonly held: false; readonly release: () => Promise<void> }
  | { readonly held: true; readonly by: LockHolder };

export interface LockRequest {
  readonly path: string;
  readonly purpose: string;
  readonly now: () => Date;
}

const MAX_TRIES = 5;

/** Takes the lock, or tells who holds it. One left by a process that is gone is taken over. Throws `StorageError`. */
export async function takeLock({ path, purpose, now }: LockRequest): Promise<LockAttempt> {
  const own: LockHolder = { pid: process.pid, purpose, since: now().toISOString(), started: startOf(process.pid) };
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    if (await created(path, own)) return { held: false, release: () => rm(path, { force: true }) };
    const holder = await holderOf(path);
    if (holder !== undefined && isAlive(holder)) return { held: true, by: holder };
    await rm(path, { force: true });
  }
  throw storageErrorOf(new Error('it changes hands all the time'), 'lock', path);
}

async function created(path: string, holder: LockHolder): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(`${JSON.stringify(holder)}\n`);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw storageErrorOf(error, 'lock', path);
  }
}

/** `undefined` for a file that says nothing: its writer died between creating and writing it, or is about to write. */
async function holderOf(path: string): Promise<LockHolder | undefined> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: LockHolder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else.
    if (systemCodeOf(error) !== 'EPERM') return false;
  }
  const current = startOf(pid);
  return started === null || current === null || started === current;
}

/** Field 22 of /proc/<pid>/stat (proc(5)); counted behind the name, which may hold anything. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
