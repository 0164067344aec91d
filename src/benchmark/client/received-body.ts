import type { StampedRead } from './chat-protocol.js';

const FIRST_CAPACITY = 2 ** 16;

/** The bytes of an answer as they come, in one growing piece, with the stamp of each read. */
export class ReceivedBody {
  #bytes = Buffer.allocUnsafe(FIRST_CAPACITY);
  #length = 0;
  readonly #ends: number[] = [];
  readonly #stampsMs: number[] = [];
  #handedOut = 0;

  get length(): number {
    return this.#length;
  }

  /** Copies `bytes`. What one read brought in several pieces stays one read. */
  append(bytes: Buffer, atMs: number): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    bytes.copy(this.#bytes, this.#length);
    this.#length = length;
    const last = this.#ends.length - 1;
    if (this.#stampsMs[last] === atMs) this.#ends[last] = length;
    else {
      this.#ends.push(length);
      this.#stampsMs.push(atMs);
    }
  }

  /** A view of everything so far, good until the next `append`. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** The reads since the last call; their bytes are never overwritten. */
  newReads(): StampedRead[] {
    const from = this.#handedOut;
    this.#handedOut = this.#ends.length;
    return this.#ends.slice(from).map((end, index) => ({
      atMs: this.#stampsMs[from + index] ?? 0,
      bytes: this.#bytes.subarray(this.#ends[from + index - 1] ?? 0, end),
    }));
  }
}
