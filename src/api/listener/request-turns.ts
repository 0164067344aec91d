/**
 * Requests begin one after the other, one in each turn of the event loop and each connection in its turn, so that
 * whoever asks for a thousand answers at once holds up nobody but themselves.
 */
import type { Duplex } from 'node:stream';

type Begin = (isThere: boolean) => void;

export class RequestTurns {
  readonly #waiting = new Map<Duplex, Begin[]>();
  readonly #mostWaiting: number;
  #isUnderWay = false;

  /** A connection with more than `mostWaiting` requests that have not begun is cut: no client of ours asks so. */
  constructor(mostWaiting: number) {
    this.#mostWaiting = mostWaiting;
  }

  /** Resolves when the request may begin: with false where its client has left meanwhile, and nobody needs the answer. */
  next(connection: Duplex): Promise<boolean> {
    const waiting = this.#waiting.get(connection) ?? [];
    if (waiting.length >= this.#mostWaiting) {
      connection.destroy();
      return Promise.resolve(false);
    }
    this.#waiting.set(connection, waiting);
    if (!this.#isUnderWay) setImmediate(() => this.#begin());
    this.#isUnderWay = true;
    return new Promise((resolve) => waiting.push(resolve));
  }

  #begin(): void {
    for (const [connection, waiting] of this.#waiting) {
      this.#waiting.delete(connection);
      if (connection.destroyed) {
        for (const begin of waiting) begin(false);
        continue;
      }
      waiting.shift()?.(true);
      if (waiting.length > 0) this.#waiting.set(connection, waiting);
      break;
    }
    this.#isUnderWay = this.#waiting.size > 0;
    if (this.#isUnderWay) setImmediate(() => this.#begin());
  }
}
