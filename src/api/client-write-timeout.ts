/** Readers that take nothing any more: what waits for them is memory, and their connection keeps another one out. */
import type { ServerResponse } from 'node:http';

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

/** Drops the connection where nothing of what was written is taken in time. Nothing to take yet is no fault of theirs. */
export function dropUnread(response: ServerResponse, readTimeoutMs: number, onDrop: () => void): void {
  // Node counts the time anew whenever some bytes were taken.
  response.setTimeout(readTimeoutMs, () => {
    const { socket } = response;
    if (socket === null) return;
    if (socket.writableLength === 0) {
      socket.setTimeout(readTimeoutMs);
      return;
    }
    onDrop();
    socket.destroy();
  });
}
