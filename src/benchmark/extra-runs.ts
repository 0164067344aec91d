/** How often a test is repeated beyond its plan: until its mean is known well enough, or the time for that is used up. */
import { confidenceInterval95, LEAST_FOR_INTERVAL, mean } from './figures/statistics.js';

export interface ExtraRunLimits {
  /** Half-width of the 95 % interval of a test's mean decode speed that is enough, as a share of that mean. */
  readonly precision: number;
  /** Timed runs of one test in all. */
  readonly maxRuns: number;
  /** For the further runs of all tests of a benchmark together, in milliseconds. */
  readonly extraTimeMs: number;
}

/** What is known of a test when its next run could begin. */
export interface TestSoFar {
  /** Decode speed of each timed run that counts; `undefined` where it is unknown. */
  readonly speeds: readonly (number | undefined)[];
  /** Timed runs, the lost ones too. */
  readonly made: number;
  /** How long the last of them took, in milliseconds. */
  readonly lastRunMs: number;
}

/**
 * Shares the time among the tests of one benchmark. The runs that a test still needs for any interval come before those
 * that make an interval of another test narrower: the former may take all the time that is left, the latter no more than
 * the test's even share of it, so that one noisy test does not leave its successors without.
 */
export class ExtraRuns {
  readonly #limits: ExtraRunLimits;
  #testsToCome: number;
  #leftMs: number;
  #shareMs = 0;

  constructor(limits: ExtraRunLimits, tests: number) {
    this.#limits = limits;
    this.#testsToCome = tests;
    this.#leftMs = limits.extraTimeMs;
  }

  get precision(): number {
    return this.#limits.precision;
  }

  /** What is left of the limit's `extraTimeMs`; less than nothing where the last run took longer than it was expected to. */
  get leftMs(): number {
    return this.#leftMs;
  }

  /** The next test begins. */
  nextTest(): void {
    this.#shareMs = this.#leftMs / Math.max(1, this.#testsToCome);
    this.#testsToCome -= 1;
  }

  /** Whether the test that began last is to be run once more. */
  isWanted({ speeds, made, lastRunMs }: TestSoFar): boolean {
    const known = speeds.filter((speed) => speed !== undefined);
    // Without a speed, a further run would not bring one either: its arrival times are no good.
    if (made >= this.#limits.maxRuns || (speeds.length > 0 && speeds.at(-1) === undefined)) return false;
    const missing = LEAST_FOR_INTERVAL - known.length;
    if (missing > 0) {
      return made + missing <= this.#limits.maxRuns && missing * lastRunMs <= this.#leftMs;
    }
    return !isPrecise(known, this.#limits.precision) && lastRunMs <= Math.min(this.#shareMs, this.#leftMs);
  }

  spent(ms: number): void {
    this.#leftMs -= ms;
    this.#shareMs -= ms;
  }
}

function isPrecise(speeds: readonly number[], precision: number): boolean {
  const centre = mean(speeds);
  const interval = confidenceInterval95(speeds);
  return centre !== undefined && interval !== undefined && interval[1] - centre <= precision * centre;
}
