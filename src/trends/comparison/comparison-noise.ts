/** How much a figure varies from run to run when nothing has changed: what a difference is held against. */
import type { BenchmarkResult } from '../../benchmark/result.js';
import type { ChronicleRow } from '../../chronicle/row.js';
import { isUsable, type Signal } from '../signal.js';
import { median, medianAbsoluteDeviation } from '../statistics/median.js';

/** On the natural-logarithmic scale, where a spread is a ratio and tests of different speeds can be pooled. */
export interface Noise {
  readonly deviation: number;
  readonly degreesOfFreedom: number;
  /**
   * `history`: from run to run. `repeats`: from repetition to repetition within the two runs. `tests`: from test to
   * test, as these contradict each other.
   */
  readonly from: 'history' | 'repeats' | 'tests';
}

/**
 * What is assumed before anything is known: the spread of a quiet machine, worth four observations. It keeps two
 * repetitions that happen to agree from making every difference certain (the moderated t-test of G. K. Smyth,
 * Statistical Applications in Genetics and Molecular Biology 3, 2004).
 */
const PRIOR_DEGREES = 4;

/** With fewer runs the history says less than the repetitions. */
const LEAST_HISTORY = 6;

function moderated(variance: number, degrees: number, prior: number, from: Noise['from']): Noise {
  const degreesOfFreedom = PRIOR_DEGREES + degrees;
  const deviation = Math.sqrt((PRIOR_DEGREES * prior ** 2 + degrees * variance) / degreesOfFreedom);
  return { deviation, degreesOfFreedom, from };
}

/** Median of the absolute differences of neighbours to their standard deviation, for a normal distribution. */
const DEVIATION_PER_DIFFERENCE = 1.4826 / Math.SQRT2;

/**
 * From the means of earlier runs in their order. Neighbours are compared, so that a step or a drift in the history is
 * no noise, and their median counts, so that single bad runs are none either. `undefined` where there are too few.
 */
export function noiseOfHistory(means: readonly number[], prior: number): Noise | undefined {
  if (means.length < LEAST_HISTORY) return undefined;
  const differences = means.slice(1).map((value, index) => Math.abs(Math.log(value / (means[index] ?? value))));
  const deviation = DEVIATION_PER_DIFFERENCE * (median(differences) ?? 0);
  // The median of n differences is about as sure as a variance of n / 2 values.
  return moderated(deviation ** 2, differences.length / 2, prior, 'history');
}

const LEAST_TESTS = 3;
/** Repetitions that vary by more than so many times the usual were made on a machine that had other work. */
const CROWDED = 2;
const DEVIATION_PER_MAD = 1.4826;

/**
 * From the logarithms of the ratios of all tests: how far they scatter around their median, which a single test that
 * changed does not move. It is noise where some are faster and others slower by `drop` or more, as what slows a
 * machine does not speed up another of its tests; and where the repetitions (`within`) show that the machine had other
 * work, as that comes and goes between two runs more than within one. `undefined` otherwise, or where they are too few.
 */
export function noiseOfTests(
  logs: readonly number[],
  { drop, prior, within }: { readonly drop: number; readonly prior: number; readonly within: Noise },
): Noise | undefined {
  const [slower, faster] = [Math.log(1 - drop), Math.log(1 + drop)];
  const isContradictory = logs.some((log) => log <= slower) && logs.some((log) => log >= faster);
  const isCrowded = within.deviation > CROWDED * prior;
  if (logs.length < LEAST_TESTS || !(isContradictory || isCrowded)) return undefined;
  // Each is the difference of two runs.
  const deviation = scatterOf(logs) / Math.SQRT2;
  return moderated(deviation ** 2, (logs.length - 1) / 2, prior, 'tests');
}

/** Of three values two that happen to agree would hide the third: there all of them count. */
function scatterOf(logs: readonly number[]): number {
  const robust = DEVIATION_PER_MAD * (medianAbsoluteDeviation(logs) ?? 0);
  if (logs.length > LEAST_TESTS) return robust;
  const centre = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  const squares = logs.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.max(robust, Math.sqrt(squares / (logs.length - 1)));
}

/** From the repetitions of all tests of both runs, each list of one test of one run. */
export function noiseOfRepeats(lists: readonly (readonly number[])[], prior: number): Noise {
  let squares = 0;
  let degrees = 0;
  for (const values of lists.filter(({ length }) => length > 1)) {
    const logs = values.map(Math.log);
    const centre = logs.reduce((sum, value) => sum + value, 0) / logs.length;
    squares += logs.reduce((sum, value) => sum + (value - centre) ** 2, 0);
    degrees += logs.length - 1;
  }
  return moderated(degrees === 0 ? 0 : squares / degrees, degrees, prior, 'repeats');
}

const MOST_HISTORY = 20;

/** The figure in the last runs of the series that the run belongs to. */
export function pastOf(
  history: readonly ChronicleRow[],
  run: BenchmarkResult,
  testId: string,
  signal: Signal,
): number[] {
  return history
    .filter(
      (row) =>
        row.test_id === testId &&
        row.model === run.model &&
        row.target === run.target &&
        row.machine_id === run.machine_id &&
        row.workload_version === run.workload_version &&
        (row.model_file ?? run.server.model_file) === (run.server.model_file ?? row.model_file) &&
        row.run_id < run.run_id,
    )
    .flatMap((row) => {
      const value = signal.valueIn(row);
      return value !== null && isUsable(value) ? [value] : [];
    })
    .slice(-MOST_HISTORY);
}
