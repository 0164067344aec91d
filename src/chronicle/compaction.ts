/**
 * Thins the chronicle where somebody asks for it: lines that are none, rows written twice and, of old rows, all but
 * one a series and day. What stays stands byte for byte as it did.
 */
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './atomic-file.js';
import { LineJudge, type RawLine } from './chronicle-line.js';
import { linesOf, openForReading } from './chronicle-reader.js';
import { diskFileSystem, type FileSystem } from './file-system.js';
import { chronicleFiles, rotateChronicle } from './rotation.js';
import type { ChronicleRow } from './row.js';
import type { StoragePaths } from './storage.js';
import { StorageError, storageErrorOf } from './storage-error.js';
import { temporaryNameFor } from './temporary-name.js';

export interface CompactionOptions {
  /** Rows of earlier runs are thinned to one a series and UTC day: the one with the median decode speed. */
  readonly thinBefore?: Date | undefined;
  /** Counts alone; nothing is written. */
  readonly dryRun?: boolean | undefined;
}

export interface Compaction {
  readonly rowsBefore: number;
  readonly rowsAfter: number;
  readonly duplicates: number;
  readonly thinned: number;
  /** Torn lines and binary junk. JSON that is no row is kept: another version may have written it. */
  readonly unreadable: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

interface FilePlan {
  readonly path: string;
  readonly drop: ReadonlySet<number>;
  readonly counts: Compaction;
}

/**
 * Compacts all files of the chronicle. Safe while an agent runs: the file that is appended to is given a number first,
 * and every file is replaced whole. Throws `StorageError`; the files not yet replaced stand as they were.
 */
export async function compactChronicle(
  paths: Pick<StoragePaths, 'chronicle'>,
  options: CompactionOptions = {},
  fs: FileSystem = diskFileSystem,
): Promise<Compaction> {
  const seen = new Set<string>();
  let total: Compaction = empty;
  for (const path of await chronicleFiles(paths, fs)) {
    // Planned twice where rows may be appended in between.
    const before = path === paths.chronicle ? new Set(seen) : seen;
    let plan = await planFor(path, seen, options);
    if (plan.drop.size > 0 && options.dryRun !== true) {
      if (path === paths.chronicle) {
        const segment = await rotateChronicle(paths, { fromBytes: 0 }, fs);
        // Rows may have been appended until the moment it was renamed.
        if (segment !== undefined) plan = await planFor(segment, before, options);
      }
      await rewrite(plan, fs);
    }
    total = sum(total, plan.counts);
  }
  return total;
}

const empty: Compaction = {
  rowsBefore: 0,
  rowsAfter: 0,
  duplicates: 0,
  thinned: 0,
  unreadable: 0,
  bytesBefore: 0,
  bytesAfter: 0,
};

function sum(a: Compaction, b: Compaction): Compaction {
  return {
    rowsBefore: a.rowsBefore + b.rowsBefore,
    rowsAfter: a.rowsAfter + b.rowsAfter,
    duplicates: a.duplicates + b.duplicates,
    thinned: a.thinned + b.thinned,
    unreadable: a.unreadable + b.unreadable,
    bytesBefore: a.bytesBefore + b.bytesBefore,
    bytesAfter: a.bytesAfter + b.bytesAfter,
  };
}

interface Candidate {
  readonly line: number;
  readonly tps: number;
  readonly bytes: number;
}

async function planFor(path: string, seen: Set<string>, { thinBefore }: CompactionOptions): Promise<FilePlan> {
  const judge = new LineJudge();
  const drop = new Set<number>();
  const days = new Map<string, Candidate[]>();
  const counts = { duplicates: 0, thinned: 0, unreadable: 0, bytesBefore: 0, dropped: 0 };
  await forEachLine(path, (line, number, bytes) => {
    counts.bytesBefore += bytes;
    const row = judge.rowOf(line);
    if (row === undefined) {
      if (isJson(line)) return;
      counts.unreadable += 1;
    } else if (isNew(row, seen)) {
      if (thinBefore !== undefined && Date.parse(row.run_at) < thinBefore.getTime()) note(days, row, number, bytes);
      return;
    } else counts.duplicates += 1;
    drop.add(number);
    counts.dropped += bytes;
  });
  for (const candidates of days.values()) {
    const keep = candidates.toSorted((a, b) => a.tps - b.tps)[Math.floor((candidates.length - 1) / 2)];
    for (const { line, bytes } of candidates) {
      if (line === keep?.line) continue;
      drop.add(line);
      counts.thinned += 1;
      counts.dropped += bytes;
    }
  }
  const { dropped, ...rest } = counts;
  const rowsBefore = judge.report().rows;
  const rowsAfter = rowsBefore - rest.duplicates - rest.thinned;
  return { path, drop, counts: { ...rest, rowsBefore, rowsAfter, bytesAfter: rest.bytesBefore - dropped } };
}

function isNew({ machine_id, run_id, test_id }: ChronicleRow, seen: Set<string>): boolean {
  const before = seen.size;
  return seen.add(JSON.stringify([machine_id, run_id, test_id])).size > before;
}

function note(days: Map<string, Candidate[]>, row: ChronicleRow, line: number, bytes: number): void {
  const { machine_id, target, model, test_id, workload_version, run_at, avg_tps } = row;
  const day = new Date(run_at).toISOString().slice(0, 10);
  const key = JSON.stringify([machine_id, target, model, test_id, workload_version, day]);
  const candidates = days.get(key) ?? [];
  // Without a speed it is the last choice.
  candidates.push({ line, tps: avg_tps ?? Number.MAX_VALUE, bytes });
  days.set(key, candidates);
}

function isJson({ bytes }: RawLine): boolean {
  try {
    return (
      bytes !== undefined && typeof JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) === 'object'
    );
  } catch {
    return false;
  }
}

type LineVisitor = (line: RawLine, number: number, bytes: number) => void | Promise<void>;

/** A missing file has no lines. */
async function forEachLine(path: string, visit: LineVisitor): Promise<void> {
  const file = await openForReading(path);
  if (file === undefined) return;
  try {
    let number = 0;
    for await (const line of linesOf(file, path)) {
      number += 1;
      await visit(line, number, (line.bytes?.length ?? 0) + 1);
    }
  } finally {
    await file.close();
  }
}

async function rewrite({ path, drop }: FilePlan, fs: FileSystem): Promise<void> {
  const temporary = temporaryNameFor(path);
  try {
    const { size } = await fs.stat(path);
    const output = await fs.open(temporary, 'wx');
    try {
      await copyLines(path, output, drop);
      await output.sync();
    } finally {
      await output.close();
    }
    // A process that had opened the file before it was given its number has written to it in the meantime.
    if ((await fs.stat(path)).size !== size) {
      throw new StorageError(`${path} has grown while it was compacted: try again.`, { code: 'io_error', path });
    }
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw storageErrorOf(error, 'compact', path);
  }
  await syncFolder(dirname(path), fs);
}

const BUFFERED_BYTES = 2 ** 20;

async function copyLines(path: string, output: FileHandle, drop: ReadonlySet<number>): Promise<void> {
  let waiting: Buffer[] = [];
  let length = 0;
  const flush = async () => {
    // writeFile goes on where the last one ended, and after a short write.
    await output.writeFile(Buffer.concat(waiting));
    [waiting, length] = [[], 0];
  };
  await forEachLine(path, async ({ bytes }, number) => {
    if (drop.has(number) || bytes === undefined) return;
    waiting.push(Buffer.from(bytes), Buffer.from('\n'));
    length += bytes.length + 1;
    if (length >= BUFFERED_BYTES) await flush();
  });
  await flush();
}
