/** Appends to `chronicle.jsonl`: whole lines, one write, fsynced before anything is called done. */
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './atomic-file.js';
import { diskFileSystem, type FileSystem } from './file-system.js';
import type { ChronicleRow } from './row.js';
import { storageErrorOf } from './storage-error.js';

export interface Appended {
  readonly rows: number;
  /** The file did not end in a newline: a crash tore its last line, which stays there for readers to report. */
  readonly tornLineBefore: boolean;
  /** Takes the rows off again, unless something was appended after them. */
  undo(): Promise<void>;
}

const NEWLINE = 0x0a;
const turns = new Map<string, Promise<unknown>>();

/** Runs the tasks of one file one after the other: looking at its end and writing there must not interleave. */
async function inTurn<T>(path: string, task: () => Promise<T>): Promise<T> {
  const before = turns.get(path) ?? Promise.resolve();
  const turn = before.then(task, task);
  turns.set(path, turn);
  try {
    return await turn;
  } finally {
    if (turns.get(path) === turn) turns.delete(path);
  }
}

/**
 * Appends `rows`; resolves once they are on disk. Throws `StorageError`, then the file has its former length again.
 */
export async function appendRows(
  path: string,
  rows: readonly ChronicleRow[],
  fs: FileSystem = diskFileSystem,
): Promise<Appended> {
  if (rows.length === 0) return { rows: 0, tornLineBefore: false, undo: async () => undefined };
  try {
    return await inTurn(path, () => append(path, rows, fs));
  } catch (error) {
    throw storageErrorOf(error, 'append to', path);
  }
}

async function append(path: string, rows: readonly ChronicleRow[], fs: FileSystem): Promise<Appended> {
  const file = await fs.open(path, 'a+');
  try {
    const { size } = await file.stat();
    const tornLineBefore = await endsTorn(file, size);
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    const bytes = Buffer.from(tornLineBefore ? `\n${lines}` : lines);
    await writeAll(file, size, bytes);
    if (size === 0) await syncFolder(dirname(path), fs);
    return { rows: rows.length, tornLineBefore, undo: () => undo(path, size, bytes.length, fs) };
  } finally {
    await file.close();
  }
}

async function endsTorn(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  return last[0] !== NEWLINE;
}

/** Writes `bytes` at the end and fsyncs; on failure the file is cut back to `size`. */
async function writeAll(file: FileHandle, size: number, bytes: Buffer): Promise<void> {
  let written = 0;
  try {
    // One write in all but a failing case: only a disk that is filling up takes less than it was given.
    while (written < bytes.length) written += (await file.write(bytes, written)).bytesWritten;
    await file.sync();
  } catch (error) {
    // Where that fails too, the torn line stays for readers to pass over; the first error is what explains.
    await cutBack(file, size, written).catch(() => undefined);
    throw error;
  }
}

/** Cuts off `added` bytes after `size`, unless another process has appended behind them. */
async function cutBack(file: FileHandle, size: number, added: number): Promise<void> {
  const now = await file.stat();
  if (now.size !== size + added) return;
  await file.truncate(size);
  await file.sync();
}

async function undo(path: string, size: number, added: number, fs: FileSystem): Promise<void> {
  await inTurn(path, async () => {
    const file = await fs.open(path, 'r+');
    await cutBack(file, size, added).finally(() => file.close());
  });
}
