/**
 * When Ollama will unload a model by itself, and when it would have done so without the run. All times are milliseconds
 * since 1970 by the server's clock, which need not be ours.
 *
 * A model stays for a session's length after the end of its last request, whoever made it; a request without a
 * `keep_alive` leaves that length as it is. So an expiry that does not lie just that far behind our own last request is
 * that of somebody else's.
 */

// Ideas of when a request ended differ by less, and nobody notices if a model stays so much longer.
const SAME_MS = 1000;
/** A model that is to stay for ever expires in centuries. */
const FOREVER_MS = 10 * 365 * 24 * 3600 * 1000;

export class OllamaExpiry {
  /** Without our requests. */
  #rightful: number | undefined;
  #lastSeen: number | undefined;
  #endedAt: number | undefined;
  /** From the end of our request to the expiry: the session's length, where nobody else came between. */
  #gaps: readonly number[] = [];

  constructor(found: number | undefined) {
    this.#rightful = found;
    this.#lastSeen = found;
  }

  /** A request of ours has ended. */
  requestEnded(at: number): void {
    this.#endedAt = Math.max(at, this.#endedAt ?? at);
  }

  /** The server told its expiry, with no request of ours under way. */
  seen(expiresAt: number): void {
    if (expiresAt === this.#lastSeen) return;
    this.#lastSeen = expiresAt;
    if (this.#endedAt === undefined) return;
    const gap = expiresAt - this.#endedAt;
    const isOurs = this.#gaps.length === 0 || this.#gaps.some((known) => isSame(known, gap));
    if (!isOurs) this.#rightful = expiresAt;
    // The one before as well: after somebody else's request, theirs is no measure of ours.
    this.#gaps = [...this.#gaps, gap].slice(-2);
  }

  /** How long from `now` on the model is to stay; `undefined` where nothing has to be changed for that. */
  leftMs(now: number): number | undefined {
    if (this.#rightful === undefined || this.#lastSeen === undefined) return undefined;
    if (isSame(this.#rightful, this.#lastSeen) || this.#rightful - now > FOREVER_MS) return undefined;
    const leftMs = Math.max(0, Math.round(this.#rightful - now));
    // Where our own requests cannot be told from somebody else's, nothing is taken away from anybody.
    return leftMs === 0 && this.#gaps.length === 0 ? undefined : leftMs;
  }
}

function isSame(one: number, other: number): boolean {
  return Math.abs(one - other) < SAME_MS;
}
