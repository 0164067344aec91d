/** From the runs of one test to its figures. Warm-ups and failed runs enter no aggregate. */
import type { BenchmarkTest } from './plan.js';
import { requestFindings } from './request-findings.js';
import type { RequestResult, SuccessfulRun, TestResult } from './result.js';
import { confidenceInterval95, mean, sampleStandardDeviation } from './statistics.js';

export interface TestRuns {
  readonly test: BenchmarkTest;
  readonly warmup: RequestResult | undefined;
  readonly runs: readonly RequestResult[];
  /** All timed streams' tokens over the timed runs' wall time; `undefined` where nothing was timed. */
  readonly aggregateTps: number | undefined;
}

type Figure = {
  [Key in keyof SuccessfulRun]: SuccessfulRun[Key] extends number | null ? Key : never;
}[keyof SuccessfulRun];

export function aggregateTest({ test, warmup, runs, aggregateTps }: TestRuns): TestResult {
  const successes = runs.filter((run) => run.success);
  const known = (figure: Figure): number[] => successes.map((run) => run[figure]).filter((value) => value !== null);
  const speeds = known('tps');
  const firstTokens = known('ttft_s');
  const failure = [warmup, ...runs].find((run) => run !== undefined && !run.success);
  const avgTps = mean(speeds);
  const deviation = sampleStandardDeviation(speeds);
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
    avg_tps: avgTps ?? null,
    best_tps: speeds.length === 0 ? null : Math.max(...speeds),
    stddev_tps: deviation ?? null,
    cv_tps: deviation === undefined || !avgTps ? null : deviation / avgTps,
    ci95_tps: confidenceInterval95(speeds) ?? null,
    aggregate_tps: aggregateTps ?? null,
    avg_prefill_tps: mean(known('prefill_tps')) ?? null,
    avg_elapsed_s: mean(known('elapsed_s')) ?? null,
    avg_ttft_s: mean(firstTokens) ?? null,
    stddev_ttft_s: sampleStandardDeviation(firstTokens) ?? null,
    ci95_ttft_s: confidenceInterval95(firstTokens) ?? null,
    itl_p50_s: mean(known('itl_p50_s')) ?? null,
    itl_p95_s: mean(known('itl_p95_s')) ?? null,
    itl_p99_s: mean(known('itl_p99_s')) ?? null,
    prompt_tokens: rounded(mean(known('prompt_tokens'))),
    prompt_target_tokens: test.prompt.kind === 'fill' ? test.prompt.tokens : null,
    completion_tokens: rounded(mean(known('completion_tokens'))),
    gpu_stats: null,
    host_stats: null,
    findings: [],
    warmup_run: warmup ?? null,
    runs: [...runs],
  };
  return { ...result, findings: requestFindings(result) };
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}
