/** A reader that takes nothing for so long has gone, whatever its connection says. */
export const READ_TIMEOUT_MS = 30_000;

export interface ReaderPatience {
  readonly readTimeoutMs: number;
  readonly drop: () => void;
}

/** Hands the pieces on; calls `drop` where one is not taken in time. */
export async function* readInTime(
  pieces: AsyncIterable<string>,
  { readTimeoutMs, drop }: ReaderPatience,
): AsyncGenerator<string> {
  for await (const piece of pieces) {
    // Between a piece and the asking for the next one lies nothing but the reader.
    const timer = setTimeout(drop, readTimeoutMs);
    try {
      yield piece;
    } finally {
      clearTimeout(timer);
    }
  }
}
