/** Shares a fixed set of slots, each able to hold so many tokens, among requests in the order in which they came. */

export interface Slot {
  /** Tokens that fit: prompt and output together. */
  readonly capacity: number;
}

export interface SlotRequest<S extends Slot> {
  readonly tokens: number;
  /** The free slot with the highest score is taken; among equals the smallest, then the longest unused. */
  readonly score: (slot: S) => number;
  /** Gives up waiting. */
  readonly signal: AbortSignal;
}

interface Waiting<S extends Slot> {
  readonly request: SlotRequest<S>;
  readonly take: (slot: S) => void;
}

export class SlotPool<S extends Slot> {
  readonly #free: Set<S>;
  readonly #waiting = new Set<Waiting<S>>();

  constructor(slots: readonly S[]) {
    this.#free = new Set(slots);
  }

  /** Resolves with a slot that the caller must {@link release}; rejects with the signal's reason. */
  acquire(request: SlotRequest<S>): Promise<S> {
    request.signal.throwIfAborted();
    const slot = this.#best(request);
    if (slot !== undefined) {
      this.#free.delete(slot);
      return Promise.resolve(slot);
    }
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.delete(waiting);
        reject(request.signal.reason);
      };
      const waiting: Waiting<S> = {
        request,
        take: (free) => {
          request.signal.removeEventListener('abort', giveUp);
          resolve(free);
        },
      };
      this.#waiting.add(waiting);
      request.signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  release(slot: S): void {
    for (const waiting of this.#waiting) {
      if (waiting.request.tokens > slot.capacity) continue;
      this.#waiting.delete(waiting);
      waiting.take(slot);
      return;
    }
    this.#free.add(slot);
  }

  #best(request: SlotRequest<S>): S | undefined {
    let best: S | undefined;
    let bestScore = 0;
    for (const slot of this.#free) {
      if (slot.capacity < request.tokens) continue;
      const score = request.score(slot);
      const better = score > bestScore || (score === bestScore && best !== undefined && slot.capacity < best.capacity);
      if (best !== undefined && !better) continue;
      best = slot;
      bestScore = score;
    }
    return best;
  }
}
