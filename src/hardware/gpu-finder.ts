/** Looks for GPUs that can be read, again and again where a driver may still come. */
import type { Clock } from '../shared/clock.js';
import type { CollectorHealth } from './collector-health.js';
import type { GpuSearch } from './gpu-source.js';

export interface GpuFinderOptions {
  /** Asked at the first demand, and again as long as something cannot be read that should be. */
  readonly findGpuSource: () => Promise<GpuSearch>;
  readonly clock: Clock;
}

/** Whoever prepares a benchmark waits no longer for a tool that hangs. */
const SEARCH_PATIENCE_MS = 5000;

export class GpuFinder {
  readonly #options: GpuFinderOptions;
  readonly #health: CollectorHealth;
  #search: Promise<GpuSearch> | undefined;
  #searchedAtMs = 0;
  #found: GpuSearch | undefined;
  #isHanging = false;

  constructor(options: GpuFinderOptions, health: CollectorHealth) {
    this.#options = options;
    this.#health = health;
  }

  /** The outcome of the last look that has ended. */
  get found(): GpuSearch | undefined {
    return this.#found;
  }

  /** Another look would hang as well, and leave one more process behind. */
  get isHanging(): boolean {
    return this.#isHanging;
  }

  /** Whether a look has ended without a source, and another one can be made. */
  get hasFoundNone(): boolean {
    return this.#found !== undefined && this.#found.state !== 'found' && !this.#isHanging;
  }

  /** What was found last; looks when nothing has asked before. */
  search(): Promise<GpuSearch> {
    return this.#search ?? this.look();
  }

  /** As {@link search}; `undefined` where the look takes too long. */
  async searchSoon(): Promise<GpuSearch | undefined> {
    const { clock } = this.#options;
    const search = this.search();
    const leftMs = Math.max(0, this.#searchedAtMs + SEARCH_PATIENCE_MS - clock.nowMs());
    let cancel: () => void = () => undefined;
    const late = new Promise<undefined>((resolve) => {
      cancel = clock.after(leftMs, () => resolve(undefined));
    });
    return Promise.race([search, late]).finally(() => cancel());
  }

  look(): Promise<GpuSearch> {
    this.#searchedAtMs = this.#options.clock.nowMs();
    const search = this.#options.findGpuSource().then((found) => {
      this.#keep(found);
      return found;
    });
    this.#search = search;
    return search;
  }

  #keep(found: GpuSearch): void {
    this.#found = found;
    const problems = found.problems ?? [];
    const vendor = found.state === 'found' ? [found.source.vendor] : [];
    this.#health.forgetAllBut([...problems.map((problem) => problem.vendor), ...vendor]);
    for (const each of vendor) this.#health.expect(each);
    for (const problem of problems) this.#health.failed(problem.vendor, problem.words, true);
    if (found.state !== 'unreadable' || found.hanging === undefined) return;
    this.#isHanging = true;
    void found.hanging.then(() => {
      this.#isHanging = false;
    });
  }
}
