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
export interface ReceivedBytes extends ReceivedSoFar {
  /** Copies the first `count` bytes, which are those of one read. */
  append(read: Uint8Array, count: number, atMs: number): void;
  /** All that was not handed out yet; `undefined` where that is nothing. */
  take(): KeptReads | undefined;
}

/** Its state lies in variables: with V8's optimising compiler off the fields of an object cost each read ten times as much. */
export function receivedBytes(): ReceivedBytes {
  let bytes = Buffer.allocUnsafe(FIRST_CAPACITY);
  let capacity = FIRST_CAPACITY;
  let filled = 0;
  let handedOut = 0;
  let reads = 0;
  let ends: number[] = [];
  let stampsMs: number[] = [];
  const grow = (length: number) => {
    capacity = Math.max(length, 2 * capacity);
    const larger = Buffer.allocUnsafe(capacity);
    bytes.copy(larger, 0, 0, filled);
    bytes = larger;
  };
  const received = {
    length: 0,
    append: (read: Uint8Array, count: number, atMs: number) => {
      const length = filled + count;
      if (length > capacity) grow(length);
      bytes.set(read.subarray(0, count), filled);
      filled = length;
      received.length = length;
      ends[reads] = length - handedOut;
      stampsMs[reads] = atMs;
      reads += 1;
    },
    since: (length: number) => bytes.subarray(length, filled),
    take: () => {
      if (handedOut === filled) return undefined;
      const kept = bytes.subarray(handedOut, filled);
      const taken = { bytes: kept, text: kept.toString('latin1'), ends, stampsMs };
      ends = [];
      stampsMs = [];
      reads = 0;
      handedOut = filled;
      return taken;
    },
  };
  return received;
}
