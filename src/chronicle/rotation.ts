/**
 * The chronicle in several files: `chronicle-0001.jsonl`, `chronicle-0002.jsonl`, … and `chronicle.jsonl`, which is
 * appended to. Numbers, not dates, so that a clock that jumps does not change their order. Read as one.
 */
import { dirname, join } from 'node:path';
import { syncFolder } from './atomic-file.js';
import type { ReadingReport } from './chronicle-line.js';
import { type ChronicleReading, readChronicle } from './chronicle-reader.js';
import { type ChronicleTail, readTail, type TailLimits } from './chronicle-tail.js';
import { diskFileSystem, type FileSystem, systemCodeOf } from './file-system.js';
import type { ChronicleRow } from './row.js';
import type { StoragePaths } from './storage.js';
import { storageErrorOf } from './storage-error.js';

type ChroniclePath = Pick<StoragePaths, 'chronicle'>;

const pattern = /^chronicle-(\d{4,})\.jsonl$/;

function numberOf(name: string): number | undefined {
  const digits = pattern.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

async function numbers({ chronicle }: ChroniclePath, fs: FileSystem): Promise<number[]> {
  const folder = dirname(chronicle);
  const names = await fs.readdir(folder).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw storageErrorOf(error, 'list', folder);
  });
  return names.flatMap((name) => numberOf(name) ?? []).sort((a, b) => a - b);
}

function segmentPath({ chronicle }: ChroniclePath, number: number): string {
  return join(dirname(chronicle), `chronicle-${String(number).padStart(4, '0')}.jsonl`);
}

/** Oldest first; the last one is `chronicle.jsonl`, whether it exists or not. Throws `StorageError`. */
export async function chronicleFiles(paths: ChroniclePath, fs: FileSystem = diskFileSystem): Promise<string[]> {
  return [...(await numbers(paths, fs)).map((number) => segmentPath(paths, number)), paths.chronicle];
}

const nothing: ReadingReport = { rows: 0, skipped: 0, skippedBy: {}, examples: [] };

function together(a: ReadingReport, b: ReadingReport): ReadingReport {
  const skippedBy = { ...a.skippedBy };
  for (const reason of Object.keys(b.skippedBy) as (keyof typeof skippedBy)[]) {
    skippedBy[reason] = (skippedBy[reason] ?? 0) + (b.skippedBy[reason] ?? 0);
  }
  return {
    rows: a.rows + b.rows,
    skipped: a.skipped + b.skipped,
    skippedBy,
    examples: [...a.examples, ...b.examples],
  };
}

/** All rows of all files, oldest file first. Throws `StorageError` where one cannot be read. */
export function readWholeChronicle(paths: ChroniclePath): ChronicleReading {
  const readings: ChronicleReading[] = [];
  return {
    report: () => readings.reduce((sum, reading) => together(sum, reading.report()), nothing),
    async *[Symbol.asyncIterator]() {
      for (const file of await chronicleFiles(paths)) {
        const reading = readChronicle(file);
        readings.push(reading);
        yield* reading;
      }
    },
  };
}

/** The last rows over all files; `limits.bytes` is for each of them. Throws `StorageError`. */
export async function readWholeTail(paths: ChroniclePath, limits: TailLimits): Promise<ChronicleTail> {
  const files = await chronicleFiles(paths);
  const parts: (readonly ChronicleRow[])[] = [];
  let [rows, report, complete] = [0, nothing, true];
  for (const file of files.toReversed()) {
    if (rows >= limits.rows) return { rows: parts.reverse().flat(), complete: false, report };
    const tail = await readTail(file, { ...limits, rows: limits.rows - rows });
    parts.push(tail.rows);
    rows += tail.rows.length;
    report = together(report, tail.report);
    complete = complete && tail.complete;
  }
  return { rows: parts.reverse().flat(), complete, report };
}

/**
 * Gives `chronicle.jsonl` the next number where it is at least `fromBytes` long; the next run begins a new one.
 * Answers its new path, or `undefined` where it is shorter. Readers see every row before, during and after it. Throws
 * `StorageError`.
 */
export async function rotateChronicle(
  paths: ChroniclePath,
  { fromBytes }: { readonly fromBytes: number },
  fs: FileSystem = diskFileSystem,
): Promise<string | undefined> {
  const { chronicle } = paths;
  try {
    const size = await fs.stat(chronicle).then(
      (stats) => stats.size,
      (error: unknown) => {
        if (systemCodeOf(error) === 'ENOENT') return 0;
        throw error;
      },
    );
    if (size === 0 || size < fromBytes) return undefined;
    const segment = await reserveSegment(paths, fs);
    await fs.rename(chronicle, segment);
    await syncFolder(dirname(chronicle), fs);
    return segment;
  } catch (error) {
    throw storageErrorOf(error, 'rotate', chronicle);
  }
}

const MAX_TRIES = 100;

/** An empty file of the next free number: renaming onto another process's segment would lose it. */
async function reserveSegment(paths: ChroniclePath, fs: FileSystem): Promise<string> {
  let number = ((await numbers(paths, fs)).at(-1) ?? 0) + 1;
  for (let tries = 0; ; tries += 1) {
    const path = segmentPath(paths, number);
    try {
      const file = await fs.open(path, 'wx');
      await file.close();
      return path;
    } catch (error) {
      if (systemCodeOf(error) !== 'EEXIST' || tries >= MAX_TRIES) throw error;
      number += 1;
    }
  }
}
