/** From the runs of one test to its figures. Warm-ups and failed runs enter no aggregate. */

import { type NamesWith, namesWith, type Statistic, valuesOf } from '../../shared/figure-table.js';
import { testFigures } from '../../shared/test-figures.js';
import type { BenchmarkTest } from '../plan.js';
import { requestFindings } from '../request-findings.js';
import type { RequestResult, TestResult } from '../result.js';
import { samplesOf } from '../samples.js';
import { confidenceInterval95, mean, quantile, sampleStandardDeviation } from './statistics.js';

export interface TestRuns {
  readonly test: BenchmarkTest;
  readonly warmup: RequestResult | undefined;
  /** The streams of each timed run: one alone, except in a load test. */
  readonly waves: readonly (readonly RequestResult[])[];
  /** Of all streams of a load test together, tokens per second; `undefined` where no wave was whole. */
  readonly aggregateTps: number | undefined;
  /** Half-width of the mean's 95 % interval that was aimed at, as a share of the mean; `undefined` where none was. */
  readonly precision?: number | undefined;
}

/** A figure that the requests make. */
type Aggregate = NamesWith<typeof testFigures, 'fromRequests'>;

export function aggregateTest({ test, warmup, waves, aggregateTps, precision }: TestRuns): TestResult {
  const runs = waves.flat();
  const successes = samplesOf(runs);
  // The warm-up's is told only where it ended the test.
  const failure = [...runs, warmup].find((run) => run !== undefined && !run.success);
  const result: TestResult = {
    test_id: test.testId,
    name: test.name,
    category: test.category,
    ctx_size: test.ctxSize,
    max_tokens: test.maxTokens,
    concurrency: test.concurrency,
    n_runs: Math.max(test.nRuns, waves.length + (warmup === undefined ? 0 : 1)),
    successful_runs: successes.length,
    error: successes.length === 0 && failure !== undefined ? failure.error : null,
    error_detail: successes.length === 0 ? (failure?.error_detail ?? null) : null,
    ...aggregatesOf(waves),
    aggregate_tps: aggregateTps ?? null,
    model_load_s: null,
    prompt_target_tokens: test.prompt.kind === 'fill' ? test.prompt.tokens : null,
    gpu_stats: null,
    host_stats: null,
    findings: [],
    canary: null,
    canary_match: null,
    warmup_run: warmup ?? null,
    runs: [...runs],
  };
  return { ...result, findings: requestFindings(result, precision) };
}

/** What the timed requests of a test come to; those that were sent at once are one wave. */
export function aggregatesOf(requests: readonly (readonly RequestResult[])[]): Pick<TestResult, Aggregate> {
  const waves = requests.map(samplesOf).filter((wave) => wave.length > 0);
  const aggregates = valuesOf(namesWith(testFigures, 'fromRequests'), (name) => {
    const { fromRequests, unit } = testFigures[name];
    const known = waves.map((wave) => wave.map((run) => run[fromRequests.of]).filter((value) => value !== null));
    const figure = statisticOf(fromRequests.take, known) ?? null;
    return unit === 'tokens' && typeof figure === 'number' ? Math.round(figure) : figure;
  });
  // Which of them are intervals is what the schema reads in the same table.
  return aggregates as Pick<TestResult, Aggregate>;
}

/** Streams at once share one wave and are no repetitions: a spread is that of the waves' means. */
function statisticOf(take: Statistic, waves: readonly (readonly number[])[]): number | [number, number] | undefined {
  const values = waves.flat();
  const repetitions = waves.map(mean).filter((value) => value !== undefined);
  switch (take) {
    case 'mean':
      return mean(values);
    case 'max':
      return values.length === 0 ? undefined : Math.max(...values);
    case 'deviation':
      return sampleStandardDeviation(repetitions);
    case 'variation':
      return variation(repetitions);
    case 'ci95':
      return confidenceInterval95(repetitions);
    default:
      return quantile(values, Number(take.slice(1)) / 100);
  }
}

function variation(values: readonly number[]): number | undefined {
  const [deviation, centre] = [sampleStandardDeviation(values), mean(values)];
  return deviation === undefined || !centre ? undefined : deviation / centre;
}
