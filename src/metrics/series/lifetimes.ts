import { type StaleSettings, staleAtMs } from './stale.js';

// A clock that was wrong when a run took place must not keep its results for years.
const CLOCK_TOLERANCE_MS = 86_400_000;

/** Which results still hold, asked once for each time: all tests of a run share it, and schedules are slow to ask. */
export class Lifetimes {
  readonly #settings: StaleSettings;
  readonly #nowMs: number;
  readonly #staleAt = new Map<string, number>();
  untilMs = Number.POSITIVE_INFINITY;

  constructor(settings: StaleSettings, nowMs: number) {
    this.#settings = settings;
    this.#nowMs = nowMs;
  }

  holds(target: string, seenAtMs: number): boolean {
    const believableFrom = seenAtMs - CLOCK_TOLERANCE_MS;
    if (this.#nowMs < believableFrom) {
      this.untilMs = Math.min(this.untilMs, believableFrom);
      return false;
    }
    const key = `${seenAtMs} ${target}`;
    const staleAt = this.#staleAt.get(key) ?? staleAtMs(target, seenAtMs, this.#settings);
    this.#staleAt.set(key, staleAt);
    if (this.#nowMs >= staleAt) return false;
    this.untilMs = Math.min(this.untilMs, staleAt);
    return true;
  }
}
