import type { StampedRead } from './chat-protocol.js';

const FIRST_CAPACITY = 2 ** 16;

/** What has come of an answer so far, its framing included, for whoever follows it while it comes. */
export interface ReceivedSoFar {
  readonly length: number;
  /** A view of what came after the first `length` bytes, good until the next read. */
  since(length: number): Buffer;
}

/** The bytes of an answer as they come, in one growing piece, with the stamp of each read. */
export class ReceivedBytes implements ReceivedSoFar {
  #bytes = Buffer.allocUnsafe(FIRST_CAPACITY);
  #length = 0;
  readonly #ends: number[] = [];
  readonly #stampsMs: number[] = [];
  #handedOut = 0;

  get length(): number {
    return this.#length;
  }

  /** Copies the bytes of one read. */
  append(bytes: Uint8Array, atMs: number): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
    this.#ends.push(length);
    this.#stampsMs.push(atMs);
  }

  since(length: number): Buffer {
    return this.#bytes.subarray(length, this.#length);
  }

  /** The next read that was not handed out yet; its bytes are never overwritten. */
  nextRead(): StampedRead | undefined {
    const index = this.#handedOut;
    const end = this.#ends[index];
    const atMs = this.#stampsMs[index];
    if (end === undefined || atMs === undefined) return undefined;
    this.#handedOut = index + 1;
    return { atMs, bytes: this.#bytes.subarray(this.#ends[index - 1] ?? 0, end) };
  }
}
