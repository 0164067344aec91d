/** Whether GPU readings come, for each vendor whose GPUs should be readable, and why they do not. */

import type { GpuVendor } from '../shared/gpu-vendor.js';

export interface CollectorState {
  readonly vendor: GpuVendor;
  /** `undefined` while nobody has asked for readings, or the first is on its way. */
  readonly isUp: boolean | undefined;
  readonly lastSuccess: Date | undefined;
  /** Times that readings failed or stopped by themselves. */
  readonly failures: number;
  /** In the tool's own words where it said any; `undefined` while all is well. */
  readonly problem: string | undefined;
}

interface Collector {
  failures: number;
  lastSuccess: Date | undefined;
  lastSuccessMs: number;
  problem: string | undefined;
  /** Since the last failure no reading has come. */
  isDown: boolean;
}

export interface CollectorHealthOptions {
  readonly now: () => Date;
  /** Told once of each problem, and of its end. */
  readonly note: (message: string) => void;
}

export class CollectorHealth {
  readonly #options: CollectorHealthOptions;
  readonly #collectors = new Map<GpuVendor, Collector>();

  constructor(options: CollectorHealthOptions) {
    this.#options = options;
  }

  /** `isCalm`: every card that was there answers, and has for a while. */
  succeeded(vendor: GpuVendor, atMs: number, isCalm: boolean): void {
    const collector = this.#of(vendor);
    collector.lastSuccess = this.#options.now();
    collector.lastSuccessMs = atMs;
    // While a card is missing, what the tool said of it stays true.
    if (collector.problem !== undefined && (collector.isDown || isCalm)) {
      collector.problem = undefined;
      this.#options.note(`the ${vendor} GPUs are read again`);
    }
    collector.isDown = false;
  }

  /** `isWhole`: nothing could be read, as opposed to readings that came and then stopped. */
  failed(vendor: GpuVendor, words: string, isWhole: boolean): void {
    const collector = this.#of(vendor);
    collector.failures += 1;
    collector.isDown = isWhole;
    if (collector.problem === words) return;
    collector.problem = words;
    this.#options.note(words);
  }

  /** The vendor is no longer looked for, or is not there. */
  forgetAllBut(vendors: readonly GpuVendor[]): void {
    for (const vendor of this.#collectors.keys()) if (!vendors.includes(vendor)) this.#collectors.delete(vendor);
  }

  isDown(vendor: GpuVendor): boolean {
    return this.#collectors.get(vendor)?.isDown === true;
  }

  /** When the vendor's GPUs were read last, on the clock of the readings. */
  lastSuccessMs(vendor: GpuVendor): number | undefined {
    const ms = this.#collectors.get(vendor)?.lastSuccessMs;
    return ms === undefined || ms === Number.NEGATIVE_INFINITY ? undefined : ms;
  }

  /** `isUp` where no failure decides it. */
  states(isUp: (vendor: GpuVendor) => boolean | undefined): readonly CollectorState[] {
    return [...this.#collectors].map(([vendor, { failures, lastSuccess, problem, isDown }]) => ({
      vendor,
      isUp: isDown ? false : isUp(vendor),
      lastSuccess,
      failures,
      problem,
    }));
  }

  /** A vendor whose source was found has a state before its first reading. */
  expect(vendor: GpuVendor): void {
    this.#of(vendor);
  }

  #of(vendor: GpuVendor): Collector {
    let collector = this.#collectors.get(vendor);
    if (collector === undefined) {
      collector = {
        failures: 0,
        lastSuccess: undefined,
        lastSuccessMs: Number.NEGATIVE_INFINITY,
        problem: undefined,
        isDown: false,
      };
      this.#collectors.set(vendor, collector);
    }
    return collector;
  }
}
