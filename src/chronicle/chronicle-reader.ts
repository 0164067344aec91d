/** Reads the whole chronicle from its start, a block at a time: memory does not grow with the file. */
import { type FileHandle, open } from 'node:fs/promises';
import { LineJudge, MAX_LINE_BYTES, type RawLine, type ReadingReport } from './chronicle-line.js';
import { systemCodeOf } from './file-system.js';
import type { ChronicleRow } from './row.js';
import { storageErrorOf } from './storage-error.js';

/** One pass over a chronicle; it can be iterated once. */
export interface ChronicleReading extends AsyncIterable<ChronicleRow> {
  /** What was met so far; complete once the iteration has ended. */
  report(): ReadingReport;
}

const BLOCK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/**
 * The rows oldest first, passing over lines that are no rows. A chronicle that does not exist has no rows. Throws
 * `StorageError` where the file cannot be read.
 */
export function readChronicle(path: string): ChronicleReading {
  const judge = new LineJudge();
  return {
    report: () => judge.report(),
    async *[Symbol.asyncIterator]() {
      const file = await openForReading(path);
      if (file === undefined) return;
      try {
        for await (const line of linesOf(file, path)) {
          const row = judge.rowOf(line);
          if (row !== undefined) yield row;
        }
      } finally {
        await file.close();
      }
    },
  };
}

/** `undefined` where there is no such file. */
export async function openForReading(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw storageErrorOf(error, 'read', path);
  }
}

/** Fills `block` from `position`; returns how much there was. Throws `StorageError`. */
export async function readBlock(file: FileHandle, path: string, block: Buffer, position: number): Promise<number> {
  try {
    return (await file.read(block, 0, block.length, position)).bytesRead;
  } catch (error) {
    throw storageErrorOf(error, 'read', path);
  }
}

/** A line's bytes are valid until the next line is asked for. */
export async function* linesOf(file: FileHandle, path: string): AsyncGenerator<RawLine> {
  const line = new GrowingLine();
  const buffer = Buffer.allocUnsafe(BLOCK_BYTES);
  let position = 0;
  for (;;) {
    const block = buffer.subarray(0, await readBlock(file, path, buffer, position));
    if (block.length === 0) break;
    let start = 0;
    for (let end = block.indexOf(NEWLINE); end !== -1; end = block.indexOf(NEWLINE, start)) {
      line.add(block.subarray(start, end));
      yield line.finish(true);
      start = end + 1;
    }
    line.addCopy(block.subarray(start));
    position += block.length;
  }
  if (line.length > 0) yield line.finish(false);
}

/** Collects the pieces of a line over several blocks and lets go of one that gets too long. */
class GrowingLine {
  #number = 1;
  #byteOffset = 0;
  #pieces: Buffer[] = [];
  length = 0;

  add(piece: Buffer): void {
    this.length += piece.length;
    if (this.length > MAX_LINE_BYTES) this.#pieces = [];
    else if (piece.length > 0) this.#pieces.push(piece);
  }

  /** For a piece whose memory the next block will take. */
  addCopy(piece: Buffer): void {
    this.add(this.length + piece.length > MAX_LINE_BYTES ? piece : Buffer.from(piece));
  }

  finish(ended: boolean): RawLine {
    const bytes = this.length > MAX_LINE_BYTES ? undefined : joined(this.#pieces);
    const line = { line: this.#number, byteOffset: this.#byteOffset, bytes, ended };
    this.#number += 1;
    this.#byteOffset += this.length + (ended ? 1 : 0);
    this.#pieces = [];
    this.length = 0;
    return line;
  }
}

function joined(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces;
  return first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces);
}
