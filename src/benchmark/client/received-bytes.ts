const FIRST_CAPACITY = 2 ** 16;

/** What has come of an answer so far, its framing included, for whoever follows it while it comes. */
export interface ReceivedSoFar {
  readonly length: number;
  /** A view of what came after the first `length` bytes, good until the next read. */
  since(length: number): Buffer;
}

/** Reads that were not handed out before, one behind the other. */
export interface KeptReads {
  /** Never overwritten. */
  readonly bytes: Buffer;
  /** A character for each byte. */
  readonly text: string;
  /** Where each read ends in `bytes`; the next one begins there. */
  readonly ends: readonly number[];
  readonly stampsMs: readonly number[];
}

/** The bytes of an answer as they come, in one growing piece, with the stamp of each read. */
export class ReceivedBytes implements ReceivedSoFar {
  #bytes = Buffer.allocUnsafe(FIRST_CAPACITY);
  #length = 0;
  #ends: number[] = [];
  #stampsMs: number[] = [];
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
    this.#ends.push(length - this.#handedOut);
    this.#stampsMs.push(atMs);
  }

  since(length: number): Buffer {
    return this.#bytes.subarray(length, this.#length);
  }

  /** All that was not handed out yet; `undefined` where that is nothing. */
  take(): KeptReads | undefined {
    if (this.#handedOut === this.#length) return undefined;
    const bytes = this.#bytes.subarray(this.#handedOut, this.#length);
    const kept = { bytes, text: bytes.toString('latin1'), ends: this.#ends, stampsMs: this.#stampsMs };
    this.#ends = [];
    this.#stampsMs = [];
    this.#handedOut = this.#length;
    return kept;
  }
}
