/** A file that names the one process that may do something, so that a second one can say who is in its way. */
import { constants, readFileSync } from 'node:fs';
import { chmod, type FileHandle, link, open, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { isRunning } from '../shared/running-process.js';
import { systemCodeOf } from './file-system.js';
import { StorageError, storageErrorOf } from './storage-error.js';
import { temporaryNameFor } from './temporary-name.js';

const holderSchema = z.object({
  pid: z.number().int().positive(),
  /** What it does, in words. */
  purpose: z.string(),
  since: z.string(),
  /** When the process started, in the kernel's ticks, where the system tells: a pid may come again. */
  started: z.string().nullable(),
});
export type LockHolder = z.infer<typeof holderSchema>;

/** What tells a process from another one that comes to have its number. */
export const processSchema = holderSchema.pick({ pid: true, started: true });
export type ProcessIdentity = z.infer<typeof processSchema>;

export function ownProcess(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid) };
}

export type LockAttempt =
  | { readonly held: false; readonly release: () => Promise<void> }
  | { readonly held: true; readonly by: LockHolder };

export interface LockRequest {
  readonly path: string;
  readonly purpose: string;
  readonly now: () => Date;
  /** In a folder that others write to: a file of theirs is no lock and fails with `not_writable`. */
  readonly ownFilesOnly?: boolean | undefined;
}

const MAX_TRIES = 20;
const TRY_AGAIN_MS = 25;
// A file that says nothing may be about to: where it could not be linked it is written in place.
const PATIENCE_TRIES = 8;

/** Takes the lock, or tells who holds it. One left by a process that is gone is taken over. Throws `StorageError`. */
export async function takeLock({ path, purpose, now, ownFilesOnly = false }: LockRequest): Promise<LockAttempt> {
  const own: LockHolder = { ...ownProcess(), purpose, since: now().toISOString() };
  const taken = { held: false, release: () => rm(path, { force: true }) } as const;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    if (await created(path, own)) return taken;
    const text = await readLockFile(path, ownFilesOnly);
    const holder = text === undefined ? undefined : holderIn(text);
    if (holder !== undefined && isAlive(holder)) return { held: true, by: holder };
    const isPatient = tries < PATIENCE_TRIES;
    const isBeingWritten = holder === undefined && isPatient;
    if (text !== undefined && !isBeingWritten && (await takenOver({ path, found: text, own, isPatient }))) return taken;
    await delay(TRY_AGAIN_MS);
  }
  throw storageErrorOf(new Error('it changes hands all the time'), 'lock', path);
}

/** Who holds the lock; `undefined` for nobody. Throws `StorageError` where that cannot be told. */
export async function holderOf(path: string): Promise<LockHolder | undefined> {
  const text = await readLockFile(path, false);
  const holder = text === undefined ? undefined : holderIn(text);
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

const MAX_LOCK_BYTES = 4096;

/**
 * The text of a lock; `undefined` where there is none. Follows no link and waits for no writer: what stands there may
 * have been put there to have us read another file, or to hold us up for ever. Throws `StorageError`.
 */
async function readLockFile(path: string, ownFilesOnly: boolean): Promise<string | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = systemCodeOf(error) ?? '';
    if (code === 'ENOENT') return undefined;
    if (NO_FILE.has(code)) throw noFile(path, error);
    throw storageErrorOf(error, 'read', path);
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw noFile(path);
    const uid = process.geteuid?.();
    if (ownFilesOnly && uid !== undefined && stats.uid !== uid) {
      const message = `Cannot lock ${path}: it belongs to another user (${stats.uid}).`;
      throw new StorageError(message, { code: 'not_writable', path });
    }
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_LOCK_BYTES), 0, MAX_LOCK_BYTES, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

// A symbolic link, and a socket.
const NO_FILE: ReadonlySet<string> = new Set(['ELOOP', 'ENXIO']);

function noFile(path: string, cause?: unknown): StorageError {
  const message = `Cannot lock ${path}: a link, a pipe or something else that is no regular file stands there.`;
  return new StorageError(message, { code: 'not_a_file', path, cause });
}

/** Linked, not written in place, where the disk has hard links: whoever finds the file finds it whole. */
async function created(path: string, holder: LockHolder): Promise<boolean> {
  const written = await writtenBeside(path, holder);
  try {
    await link(written, path);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    // exFAT, many network shares and FUSE file systems have none; their codes differ, so the plain way decides.
    return await createdInPlace(path, holder);
  } finally {
    await rm(written, { force: true });
  }
}

async function createdInPlace(path: string, holder: LockHolder): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await open(path, 'wx');
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return false;
    throw storageErrorOf(error, 'lock', path);
  }
  try {
    await file.writeFile(lineOf(holder));
    return true;
  } catch (error) {
    await rm(path, { force: true });
    throw storageErrorOf(error, 'lock', path);
  } finally {
    await file.close();
  }
}

function lineOf(holder: LockHolder): string {
  return `${JSON.stringify(holder)}\n`;
}

interface AbandonedLock {
  readonly path: string;
  readonly found: string;
  readonly own: LockHolder;
  /** Whether a claim that says nothing may still be about to. */
  readonly isPatient: boolean;
}

/**
 * Replaces the lock that was found to be nobody's. Several may find that at once: only the one that holds the second
 * lock, `<path>.takeover`, may replace the first, and only while it still says what was found.
 */
async function takenOver({ path, found, own, isPatient }: AbandonedLock): Promise<boolean> {
  const claim = `${path}.takeover`;
  if (!(await created(claim, own))) {
    const claimant = holderIn((await readLockFile(claim, false)) ?? '');
    // Who died right here is in nobody's way.
    const isAbandoned = claimant === undefined ? !isPatient : !isAlive(claimant);
    if (isAbandoned) await rm(claim, { force: true });
    return false;
  }
  try {
    if ((await readLockFile(path, false)) !== found) return false;
    await rename(await writtenBeside(path, own), path);
    return true;
  } catch (error) {
    throw storageErrorOf(error, 'lock', path);
  } finally {
    await rm(claim, { force: true });
  }
}

async function writtenBeside(path: string, holder: LockHolder): Promise<string> {
  const temporary = temporaryNameFor(path);
  try {
    await writeFile(temporary, lineOf(holder), { flag: 'wx' });
    // Whatever the umask is: whom they wait for is no secret to those who reach the folder.
    await chmod(temporary, 0o644).catch(() => undefined);
  } catch (error) {
    // The first error is what explains.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw storageErrorOf(error, 'lock', path);
  }
  return temporary;
}

/** `undefined` for a file that says nothing: a disk that lost what was written last. */
function holderIn(text: string): LockHolder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

// Zombie and dead, as proc(5) has them.
const ENDED: ReadonlySet<string> = new Set(['Z', 'X']);

/** Whether it still runs. One that has ended and that nobody has waited for yet, as a container's first process may not, does not. */
export function isAlive({ pid, started }: ProcessIdentity): boolean {
  if (!isRunning(pid)) return false;
  const [state = ''] = statOf(pid);
  if (ENDED.has(state)) return false;
  const current = startOf(pid);
  return started === null || current === null || started === current;
}

/** Whether it was stopped (Ctrl-Z, SIGSTOP) and does nothing until it is let go on. False where the system does not tell. */
export function isSuspended({ pid }: LockHolder): boolean {
  return statOf(pid)[0] === 'T';
}

/** When it started: field 22 of /proc/<pid>/stat. */
function startOf(pid: number): string | null {
  return statOf(pid)[19] ?? null;
}

/** The fields of /proc/<pid>/stat (proc(5)) from the third on; counted behind the name, which may hold anything. */
function statOf(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
