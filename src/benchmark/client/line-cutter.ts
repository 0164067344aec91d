import type { StampedRead } from './chat-protocol.js';

/** A line without its end; `atMs` is the stamp of the read that brought the last of it. */
export interface StampedLine {
  readonly atMs: number;
  readonly bytes: Buffer;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Cuts reads into lines that end in LF or CR LF. */
export class LineCutter {
  #rest: Buffer[] = [];
  #restAtMs = 0;

  /** Whether all that came ended with a line. */
  get isBetweenLines(): boolean {
    return this.#rest.length === 0;
  }

  push({ atMs, bytes }: StampedRead): StampedLine[] {
    const lines: StampedLine[] = [];
    let from = 0;
    for (let end = bytes.indexOf(LINE_FEED); end !== -1; end = bytes.indexOf(LINE_FEED, from)) {
      const tail = bytes.subarray(from, end);
      lines.push({
        atMs,
        bytes: withoutReturn(this.#rest.length === 0 ? tail : Buffer.concat([...this.#rest, tail])),
      });
      this.#rest = [];
      from = end + 1;
    }
    if (from < bytes.length) {
      this.#rest.push(bytes.subarray(from));
      this.#restAtMs = atMs;
    }
    return lines;
  }

  /** The last line, where nothing ended it. */
  end(): StampedLine[] {
    if (this.#rest.length === 0) return [];
    const line = { atMs: this.#restAtMs, bytes: withoutReturn(Buffer.concat(this.#rest)) };
    this.#rest = [];
    return [line];
  }
}

function withoutReturn(line: Buffer): Buffer {
  return line[line.length - 1] === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}
