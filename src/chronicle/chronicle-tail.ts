/** Reads the chronicle from its end, a block at a time: what it costs depends on what is asked for, not on the years. */
import type { FileHandle } from 'node:fs/promises';
import { LineJudge, MAX_LINE_BYTES, type RawLine, type ReadingReport } from './chronicle-line.js';
import { openForReading, readBlock } from './chronicle-reader.js';
import type { ChronicleRow } from './row.js';

export interface ChronicleTail {
  /** Oldest first, as in the file. */
  readonly rows: readonly ChronicleRow[];
  /** Whether these are all rows of the file. */
  readonly complete: boolean;
  readonly report: ReadingReport;
}

export interface TailLimits {
  /** How many rows at most. */
  readonly rows: number;
  /** How far back at most, so that a file full of junk ends too. Default 64 MiB. */
  readonly bytes?: number;
}

const BLOCK_BYTES = 64 * 1024;
const DEFAULT_TAIL_BYTES = 64 * 2 ** 20;
const NEWLINE = 0x0a;

/** The last rows of the chronicle. Throws `StorageError` where the file cannot be read. */
export async function readTail(path: string, limits: TailLimits): Promise<ChronicleTail> {
  const file = await openForReading(path);
  if (file === undefined) return { rows: [], complete: true, report: new LineJudge().report() };
  try {
    const { size } = await file.stat();
    return await tailOf(file, path, size, { rows: limits.rows, bytes: limits.bytes ?? DEFAULT_TAIL_BYTES });
  } finally {
    await file.close();
  }
}

async function tailOf(
  file: FileHandle,
  path: string,
  size: number,
  limits: Required<TailLimits>,
): Promise<ChronicleTail> {
  const judge = new LineJudge();
  const rows: ChronicleRow[] = [];
  let complete = size <= limits.bytes;
  for await (const line of linesBackwards(file, path, size, Math.max(0, size - limits.bytes))) {
    if (rows.length >= limits.rows) {
      complete = false;
      break;
    }
    const row = judge.rowOf(line);
    if (row !== undefined) rows.push(row);
  }
  return { rows: rows.reverse(), complete, report: judge.report() };
}

/** The lines between `stop` and `size`, whole ones only, the last one first. */
async function* linesBackwards(file: FileHandle, path: string, size: number, stop: number): AsyncGenerator<RawLine> {
  const line = new BackwardsLine(size);
  for (let end = size; end > stop; ) {
    const start = Math.max(stop, end - BLOCK_BYTES);
    const block = Buffer.allocUnsafe(end - start);
    // Less than the block where a failed append was cut back in the meantime: those bytes were no rows.
    const bytes = block.subarray(0, await readBlock(file, path, block, start));
    let pieceEnd = bytes.length;
    for (let at = bytes.lastIndexOf(NEWLINE); at !== -1; at = lastNewlineBefore(bytes, at)) {
      line.prepend(bytes.subarray(at + 1, pieceEnd));
      if (line.length > 0) yield line.finish();
      line.endBefore(start + at);
      pieceEnd = at;
    }
    line.prepend(bytes.subarray(0, pieceEnd));
    end = start;
  }
  if (stop === 0 && line.length > 0) yield line.finish();
}

function lastNewlineBefore(bytes: Buffer, offset: number): number {
  // A negative second argument would count from the end.
  return offset === 0 ? -1 : bytes.lastIndexOf(NEWLINE, offset - 1);
}

/** Collects the pieces of a line, the last one first. */
class BackwardsLine {
  #end: number;
  #ended = false;
  #pieces: Buffer[] = [];
  length = 0;

  constructor(fileEnd: number) {
    this.#end = fileEnd;
  }

  /** The next line ends at the newline that stands at `offset`. */
  endBefore(offset: number): void {
    this.#end = offset;
    this.#ended = true;
    this.#pieces = [];
    this.length = 0;
  }

  prepend(piece: Buffer): void {
    this.length += piece.length;
    if (this.length > MAX_LINE_BYTES) this.#pieces = [];
    else if (piece.length > 0) this.#pieces.push(piece);
  }

  finish(): RawLine {
    const bytes = this.length > MAX_LINE_BYTES ? undefined : Buffer.concat(this.#pieces.toReversed());
    return { line: undefined, byteOffset: this.#end - this.length, bytes, ended: this.#ended };
  }
}
