/** How long the running job has waited for another process's benchmark, for whoever looks. */
export interface LockWaitState {
  /** Whom it waits for, in words. */
  readonly holder: string;
  readonly seconds: number;
}

const MS_PER_SECOND = 1000;

export class LockWait {
  readonly #monotonicMs: () => number;
  #waiting: { readonly sinceMs: number; readonly holder: string } | undefined;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** `undefined` while nobody waits. */
  get current(): LockWaitState | undefined {
    if (this.#waiting === undefined) return undefined;
    const { sinceMs, holder } = this.#waiting;
    return { holder, seconds: (this.#monotonicMs() - sinceMs) / MS_PER_SECOND };
  }

  /** Goes on with the wait that there is, for this one now. */
  for(holder: string): void {
    this.#waiting = { sinceMs: this.#waiting?.sinceMs ?? this.#monotonicMs(), holder };
  }

  over(): void {
    this.#waiting = undefined;
  }
}
