/** Two runs side by side: is the second one slower than the first, test by test? */
import { confidenceInterval95 } from '../../benchmark/figures/statistics.js';
import type { BenchmarkResult, TestResult } from '../../benchmark/result.js';
import { samplesOf } from '../../benchmark/samples.js';
import type { ChronicleRow } from '../../chronicle/row.js';
import { shortModelName } from '../../shared/model-name.js';
import { environmentOfResult } from '../changes/environment-snapshot.js';
import { type Change, whatChanged } from '../changes/what-changed.js';
import { SHARED } from '../sharing/shared-result.js';
import { isUsable, largeMovement, type Signal, signals } from '../signal.js';
import { holm } from '../statistics/holm.js';
import { studentTail, studentTailQuantile } from '../statistics/student.js';
import { answerRemarks } from './answer-remarks.js';
import { type FigurePair, figurePairs, isOneTest } from './compared-figures.js';
import { type Noise, noiseOfHistory, noiseOfRepeats, noiseOfTests, pastOf } from './comparison-noise.js';

export type ComparisonVerdict = 'worse' | 'better' | 'no_difference' | 'not_comparable';

/** One figure of one test in both runs. Ratios are those of the second to the first, less 1. */
export interface FigureComparison {
  readonly verdict: Exclude<ComparisonVerdict, 'not_comparable'>;
  readonly unit: string;
  readonly before: number;
  readonly after: number;
  /** Of the repetitions of one run alone; `null` where there was one. */
  readonly before_ci95: readonly [number, number] | null;
  readonly after_ci95: readonly [number, number] | null;
  readonly change_ratio: number;
  readonly change_ci95: readonly [number, number];
  /** Two-sided, corrected for the number of tests by Holm's method. */
  readonly p_value: number;
  readonly noise: { readonly cv: number; readonly degrees_of_freedom: number; readonly from: Noise['from'] };
}

export interface TestComparison {
  readonly test_id: string;
  readonly name: string;
  readonly verdict: ComparisonVerdict;
  /** Why, where it is not by a figure. */
  readonly reason: string | null;
  /** What both runs measured of the test, without a verdict; none where its sizes differ. */
  readonly figures: readonly FigurePair[];
  readonly decode_speed: FigureComparison | null;
  readonly ttft: FigureComparison | null;
}

export interface ComparedRun {
  readonly run_id: string;
  readonly run_at: string;
  readonly mode: string;
  readonly target: string;
  readonly model: string;
  readonly server: string;
  readonly workload_version: number | string;
}

export interface Comparison {
  readonly before: ComparedRun;
  readonly after: ComparedRun;
  readonly verdict: ComparisonVerdict;
  /** Why there is no verdict on any test, where that holds for the runs as a whole. */
  readonly reason: string | null;
  readonly method: { readonly test: string; readonly drop: number; readonly significance: number };
  readonly tests: readonly TestComparison[];
  /** What differs between the runs beside their figures, the likeliest cause of a slowdown first. */
  readonly changes: readonly Change[];
  readonly remarks: readonly string[];
}

export interface ComparisonOptions {
  /** The least change that counts, as a share: 0.1 for 10 %. */
  readonly drop: number;
  /** Earlier runs, oldest first; only those of the second run's series, before it, are looked at. */
  readonly history?: readonly ChronicleRow[] | undefined;
}

const SIGNIFICANCE = 0.01;

const figures = ['decode_speed', 'ttft'] as const;
type FigureName = (typeof figures)[number];

/** Spread between two runs of a quiet machine. */
const priorDeviation: Readonly<Record<FigureName, number>> = { decode_speed: 0.03, ttft: 0.08 };

/**
 * Compares `after` with `before`. A figure is worse only when the change is large, at least `drop`, and unlikely to be
 * noise: a moderated t-test on the logarithms with p < 0.01 after Holm's correction for the number of tests. Noise is
 * what the series showed in its earlier runs; where there are too few, what the repetitions within both runs show, or
 * the tests where these contradict each other or the machine was crowded.
 */
export function compareResults(
  before: BenchmarkResult,
  after: BenchmarkResult,
  options: ComparisonOptions,
): Comparison {
  const obstacle = obstacleBetween(before, after);
  const pairs = pairsOf(before, after, obstacle);
  const decode = comparedFigures('decode_speed', pairs, after, options);
  const ttft = comparedFigures('ttft', pairs, after, options);
  const tests = pairs.map((pair): TestComparison => {
    const shown = { decode_speed: decode.get(pair.testId) ?? null, ttft: ttft.get(pair.testId) ?? null };
    return {
      test_id: pair.testId,
      name: pair.name,
      ...verdictOf(pair, shown),
      figures: figurePairs(pair.before, pair.after),
      ...shown,
    };
  });
  return {
    before: comparedRun(before),
    after: comparedRun(after),
    verdict: overall(tests.map(({ verdict }) => verdict)),
    reason: obstacle ?? null,
    method: { test: 'moderated t-test on logarithms, Holm-corrected', drop: options.drop, significance: SIGNIFICANCE },
    tests,
    changes: whatChanged(environmentOfResult(before, ''), environmentOfResult(after, '')),
    remarks: remarksOn(before, after),
  };
}

function comparedRun(result: BenchmarkResult): ComparedRun {
  const { run_id, run_at, mode, target, model, workload_version, server } = result;
  const name = server.version === null ? server.name : `${server.name} ${server.version}`;
  return { run_id, run_at, mode, target, model, server: name, workload_version };
}

/** One test in both runs; `undefined` where it was not measured. */
interface Pair {
  readonly testId: string;
  readonly name: string;
  readonly before: TestResult | undefined;
  readonly after: TestResult | undefined;
  readonly obstacle: string | undefined;
}

function pairsOf(before: BenchmarkResult, after: BenchmarkResult, obstacle: string | undefined): Pair[] {
  const measured = [...before.benchmarks, ...after.benchmarks].filter(({ category }) => category !== 'canary');
  const tests = new Map(measured.map((test) => [test.test_id, test]));
  return [...tests].map(([testId, { name }]) => {
    const [first, second] = [before, after].map(({ benchmarks }) => benchmarks.find((test) => test.test_id === testId));
    return {
      testId,
      name,
      before: first,
      after: second,
      obstacle: obstacle ?? obstacleBetweenTests(first, second),
    };
  });
}

const notBoth = 'measured in one of the runs only';
const meansAlone = 'shared figures are means: without the requests behind them nothing can be judged';

function obstacleBetween(before: BenchmarkResult, after: BenchmarkResult): string | undefined {
  if (before.workload_version !== after.workload_version) {
    return `different workloads (${before.workload_version} and ${after.workload_version})`;
  }
  // The same file lies in another folder on another machine.
  if (shortModelName(before.model) === shortModelName(after.model)) return undefined;
  return `different models (${before.model} and ${after.model})`;
}

function obstacleBetweenTests(before: TestResult | undefined, after: TestResult | undefined): string | undefined {
  if (before === undefined || after === undefined) return notBoth;
  return isOneTest(before, after) ? undefined : 'measured with different sizes';
}

function remarksOn(before: BenchmarkResult, after: BenchmarkResult): string[] {
  const remarks: string[] = [];
  const isShared = [before, after].some(({ machine_id: machine }) => machine === SHARED);
  if (isShared) remarks.push('Shared figures do not tell which machine they are of, nor the hour.');
  else if (before.machine_id !== after.machine_id) remarks.push('The runs were made on two machines.');
  if (!isShared && before.target !== after.target)
    remarks.push(`The runs are of two targets: ${before.target}, ${after.target}.`);
  if (before.run_id === after.run_id) remarks.push('Both are the same run.');
  else if (!isShared && before.run_at > after.run_at) remarks.push('The first run is the later one.');
  // Two models answer differently by nature.
  return obstacleBetween(before, after) === undefined ? [...remarks, ...answerRemarks(before, after)] : remarks;
}

interface Measured {
  readonly testId: string;
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Streams at once: they share one wave and are no repetitions. */
  readonly concurrency: number;
}

function valuesOf(test: TestResult, figure: FigureName): number[] {
  return samplesOf(test.runs).flatMap((run) => {
    const value = figure === 'decode_speed' ? run.tps : run.ttft_s;
    return value !== null && isUsable(value) ? [value] : [];
  });
}

function comparedFigures(
  figure: FigureName,
  pairs: readonly Pair[],
  after: BenchmarkResult,
  { drop, history = [] }: ComparisonOptions,
): Map<string, FigureComparison> {
  const measured = pairs.flatMap((pair): Measured[] => {
    if (pair.obstacle !== undefined || pair.before === undefined || pair.after === undefined) return [];
    const values = { before: valuesOf(pair.before, figure), after: valuesOf(pair.after, figure) };
    if (values.before.length === 0 || values.after.length === 0) return [];
    return [{ testId: pair.testId, ...values, concurrency: pair.after.concurrency }];
  });
  const single = measured.filter(({ concurrency }) => concurrency === 1);
  const prior = priorDeviation[figure];
  const within = noiseOfRepeats(
    single.flatMap((test) => [test.before, test.after]),
    prior,
  );
  const between = noiseOfTests(single.map(logRatio), { drop, prior, within });
  const present = between !== undefined && between.deviation > within.deviation ? between : within;
  const tested = measured.map((test) => {
    const past = pastOf(history, after, test.testId, signals[figure]);
    return { test, difference: differenceOf(test, noiseOfHistory(past, prior) ?? present) };
  });
  const pValues = holm(tested.map(({ difference }) => difference.pValue));
  return new Map(
    tested.map(({ test, difference }, index) => [
      test.testId,
      figureOf(test, difference, pValues[index] ?? 1, { signal: signals[figure], drop }),
    ]),
  );
}

interface Difference {
  readonly noise: Noise;
  /** Logarithm of the ratio of the means, and its standard error. */
  readonly log: number;
  readonly error: number;
  readonly pValue: number;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function logRatio({ before, after }: Pick<Measured, 'before' | 'after'>): number {
  return Math.log(mean(after) / mean(before));
}

function differenceOf({ before, after, concurrency }: Measured, noise: Noise): Difference {
  const repetitions = (values: readonly number[]) => Math.max(1, values.length / concurrency);
  // Other noise than that of repetitions is that of a run's mean already, however many of them it had.
  const share = noise.from === 'repeats' ? 1 / repetitions(before) + 1 / repetitions(after) : 2;
  const log = logRatio({ before, after });
  const error = noise.deviation * Math.sqrt(share);
  return { noise, log, error, pValue: Math.min(1, 2 * studentTail(Math.abs(log) / error, noise.degreesOfFreedom)) };
}

function figureOf(
  { before, after }: Measured,
  { noise, log, error }: Difference,
  pValue: number,
  { signal, drop }: { readonly signal: Signal; readonly drop: number },
): FigureComparison {
  const level = mean(before);
  const current = mean(after);
  const movement = pValue < SIGNIFICANCE ? largeMovement(signal, level, current, drop) : undefined;
  const reach = studentTailQuantile(0.025, noise.degreesOfFreedom) * error;
  return {
    verdict: movement ?? 'no_difference',
    unit: signal.unit,
    before: level,
    after: current,
    before_ci95: confidenceInterval95(before) ?? null,
    after_ci95: confidenceInterval95(after) ?? null,
    change_ratio: current / level - 1,
    change_ci95: [Math.expm1(log - reach), Math.expm1(log + reach)],
    p_value: pValue,
    noise: { cv: noise.deviation, degrees_of_freedom: noise.degreesOfFreedom, from: noise.from },
  };
}

function verdictOf(
  { before, after, obstacle }: Pair,
  shown: Pick<TestComparison, FigureName>,
): Pick<TestComparison, 'verdict' | 'reason'> {
  if (obstacle !== undefined || before === undefined || after === undefined) {
    return { verdict: 'not_comparable', reason: obstacle ?? notBoth };
  }
  if (before.error !== null && after.error !== null)
    return { verdict: 'not_comparable', reason: 'failed in both runs' };
  if (after.error !== null) return { verdict: 'worse', reason: `fails now: ${after.error}` };
  if (before.error !== null) return { verdict: 'better', reason: `failed before: ${before.error}` };
  const verdicts = figures.flatMap((figure) => shown[figure]?.verdict ?? []);
  if (before.runs.length === 0 || after.runs.length === 0) return { verdict: 'not_comparable', reason: meansAlone };
  if (verdicts.length === 0) return { verdict: 'not_comparable', reason: 'neither speed nor latency is known' };
  return { verdict: overall(verdicts), reason: null };
}

/** One that is worse decides: somebody would have to look at it. */
function overall(verdicts: readonly ComparisonVerdict[]): ComparisonVerdict {
  const order = ['worse', 'better', 'no_difference'] as const;
  return order.find((verdict) => verdicts.includes(verdict)) ?? 'not_comparable';
}
