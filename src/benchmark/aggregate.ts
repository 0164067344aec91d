/** From the runs of one test to its figures. Warm-ups and failed runs enter no aggregate. */

import { type NamesWith, namesWith, type Statistic, valuesOf } from '../shared/figure-table.js';
import { testFigures } from '../shared/test-figures.js';
import type { BenchmarkTest } from './plan.js';
import { requestFindings } from './request-findings.js';
import type { RequestResult, SuccessfulRun, TestResult } from './result.js';
import { confidenceInterval95, mean, quantile, sampleStandardDeviation } from './statistics.js';

export interface TestRuns {
  readonly test: BenchmarkTest;
  readonly warmup: RequestResult | undefined;
  readonly runs: readonly RequestResult[];
  /** All timed streams' tokens over the timed runs' wall time; `undefined` where nothing was timed. */
  readonly aggregateTps: number | undefined;
}

/** A figure that the requests make. */
type Aggregate = NamesWith<typeof testFigures, 'fromRequests'>;

export function aggregateTest({ test, warmup, runs, aggregateTps }: TestRuns): TestResult {
  const successes = runs.filter((run) => run.success);
  const failure = [warmup, ...runs].find((run) => run !== undefined && !run.success);
  const result: TestResult = {
    test_id: test.testId,
    name: test.name,
    category: test.category,
    ctx_size: test.ctxSize,
    max_tokens: test.maxTokens,
    concurrency: test.concurrency,
    n_runs: test.nRuns,
    successful_runs: successes.length,
    error: successes.length === 0 && failure !== undefined ? failure.error : null,
    error_detail: successes.length === 0 ? (failure?.error_detail ?? null) : null,
    ...figuresOf(successes),
    aggregate_tps: aggregateTps ?? null,
    prompt_target_tokens: test.prompt.kind === 'fill' ? test.prompt.tokens : null,
    gpu_stats: null,
    host_stats: null,
    findings: [],
    warmup_run: warmup ?? null,
    runs: [...runs],
  };
  return { ...result, findings: requestFindings(result) };
}

function figuresOf(successes: readonly SuccessfulRun[]): Pick<TestResult, Aggregate> {
  const aggregates = valuesOf(namesWith(testFigures, 'fromRequests'), (name) => {
    const { fromRequests, unit } = testFigures[name];
    const values = successes.map((run) => run[fromRequests.of]).filter((value) => value !== null);
    const figure = statisticOf(fromRequests.take, values) ?? null;
    return unit === 'tokens' && typeof figure === 'number' ? Math.round(figure) : figure;
  });
  // Which of them are intervals is what the schema reads in the same table.
  return aggregates as Pick<TestResult, Aggregate>;
}

function statisticOf(take: Statistic, values: readonly number[]): number | [number, number] | undefined {
  switch (take) {
    case 'mean':
      return mean(values);
    case 'max':
      return values.length === 0 ? undefined : Math.max(...values);
    case 'deviation':
      return sampleStandardDeviation(values);
    case 'variation':
      return variation(values);
    case 'ci95':
      return confidenceInterval95(values);
    default:
      return quantile(values, Number(take.slice(1)) / 100);
  }
}

function variation(values: readonly number[]): number | undefined {
  const [deviation, centre] = [sampleStandardDeviation(values), mean(values)];
  return deviation === undefined || !centre ? undefined : deviation / centre;
}
