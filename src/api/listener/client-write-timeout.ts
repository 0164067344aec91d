/** Readers that take nothing any more: what waits for them is memory, and their connection keeps another one out. */
import type { ServerResponse } from 'node:http';

/** A reader that takes nothing for so long has gone, whatever its connection says. */
export const WRITE_TIMEOUT_MS = 30_000;

export interface ClientWriteTimeout {
  readonly writeTimeoutMs: number;
  readonly drop: () => void;
}

/** Hands the pieces on; calls `drop` where one is not taken in time. */
export async function* withWriteTimeout(
  pieces: AsyncIterable<string>,
  { writeTimeoutMs, drop }: ClientWriteTimeout,
): AsyncGenerator<string> {
  for await (const piece of pieces) {
    // Between a piece and the asking for the next one lies nothing but the reader.
    const timer = setTimeout(drop, writeTimeoutMs);
    try {
      yield piece;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Drops the connection where nothing of what was written is taken in time. Nothing to take yet is no fault of theirs. */
export function dropUnread(response: ServerResponse, writeTimeoutMs: number, onDrop: () => void): void {
  // Node counts the time anew whenever some bytes were taken.
  response.setTimeout(writeTimeoutMs, () => {
    const { socket } = response;
    if (socket === null) return;
    if (socket.writableLength === 0) {
      socket.setTimeout(writeTimeoutMs);
      return;
    }
    onDrop();
    socket.destroy();
  });
}
