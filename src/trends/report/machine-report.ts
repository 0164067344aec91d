/** What is known of a machine: its last run, how large a context it serves, and where it became worse. */
import * as z from 'zod';
import { canaryVerdicts } from '../../benchmark/canary/canary-result.js';
import { findingCodes } from '../../benchmark/finding.js';
import { serverKinds } from '../../benchmark/inference-server.js';
import type { BenchmarkResult, TestResult } from '../../benchmark/result.js';
import { timedRuns } from '../../shared/result-columns.js';
import { canaryWords } from '../../shared/text/canary-words.js';
import { environmentOfResult } from '../changes/environment-snapshot.js';
import { streamCurve, streamPointSchema } from '../measured/stream-curve.js';
import { regressionSchema } from '../regression-state.js';
import { signalNames, signals } from '../signal.js';
import type { SignalTrend, Trend } from '../trend.js';
import { baselinePendingOf } from '../verdict/baseline-pending.js';
import { lastMonthAnswer, lastMonthAnswerSchema } from '../verdict/last-month-answer.js';
import { machineVerdictSchema } from '../verdict/machine-verdict.js';
import { suggestContext, vramShareOf, vramTotalOf } from './context-suggestion.js';
import { type EnergyPrice, energyCostOf, energyCostSchema } from './energy-cost.js';
import { serverCommand } from './server-command.js';

const known = z.number().nullable();
const count = z.number().int().nullable();
const word = z.string().nullable();
const interval = z.tuple([z.number(), z.number()]).nullable();
const ofSeries = { test_id: z.string(), signal: z.enum(signalNames), label: z.string() };

export const machineReportSchema = z.object({
  generated_at: z.iso.datetime(),
  /** The last finished run, which the figures are of. */
  run: z.object({
    run_id: z.string(),
    run_at: z.string(),
    mode: z.string(),
    target: z.string(),
    workload_version: z.union([z.number().int(), z.string()]),
    agent_version: z.string(),
  }),
  hardware: z.object({
    cpu: word,
    cpu_cores: known,
    ram_total_gb: known,
    gpu: word,
    vram_total_mb: known,
    gpu_driver: word,
    kernel: word,
  }),
  server: z.object({ name: z.string(), kind: z.enum(serverKinds), version: word, context_length: known, slots: known }),
  model: z.string(),
  /** Decode speed of the short prompt, tokens per second. */
  baseline_tps: known,
  baseline_ci95_tps: interval,
  baseline_ttft_s: known,
  /** Timed runs that the figures are of, and those that were made. */
  baseline_successful_runs: count,
  baseline_timed_runs: count,
  /** The highest over all tests, MiB, and its share of the GPUs' memory. */
  peak_vram_mb: known,
  peak_vram_pct: known,
  peak_temp_c: known,
  /** Over all tests, weighted by their readings. */
  avg_util_pct: known,
  /** Of the short prompt; `null` where it is not known. */
  energy: energyCostSchema.nullable(),
  context_sweep: z.array(
    z.object({
      test_id: z.string(),
      ctx_size: z.number().int(),
      avg_tps: known,
      ci95_tps: interval,
      successful_runs: z.number().int(),
      timed_runs: z.number().int(),
      avg_prefill_tps: known,
      avg_ttft_s: known,
      avg_vram_used_mb: known,
      avg_vram_pct: known,
      error: word,
    }),
  ),
  /** Speed over streams at once, one stream first; none where the run has no load test. */
  stream_curve: z.array(streamPointSchema),
  findings: z.array(z.object({ test_id: z.string(), code: z.enum(findingCodes), message: z.string() })),
  /** Of the run's canary; `null` where it has none. */
  output_canary: z.object({ verdict: z.enum(canaryVerdicts), words: z.string() }).nullable(),
  failures: z.array(z.object({ test_id: z.string(), error: z.string() })),
  skipped: z.array(z.object({ test_id: z.string(), reason: z.string() })),
  /** The largest measured context whose average VRAM stayed under 85 %. */
  suggested_ctx_size: z.number().int().nullable(),
  suggested_ctx_reason: z.string(),
  suggested_command: word,
  /** Whether there were enough runs to tell a regression of any test's speed or time to first token. */
  is_judged: z.boolean(),
  /** Active ones of the run's machine, target and model. */
  regressions: z.array(z.object({ ...ofSeries, ...regressionSchema.shape })),
  /** Whether its model is as fast as last month; `null` where it has no decode speed. */
  last_month: lastMonthAnswerSchema.nullable(),
  /** Significant ones of the same; of several windows the longest. */
  drifts: z.array(
    z.object({ ...ofSeries, window_days: z.number().int(), ratio_per_30d: z.number(), ci95_per_30d: interval }),
  ),
});
export type MachineReport = z.infer<typeof machineReportSchema>;

/** With what is known beyond the last run. */
export const fullReportSchema = machineReportSchema.extend({ verdict: machineVerdictSchema });
export type FullReport = z.infer<typeof fullReportSchema>;

// The snapshot is inventory from another part: what is missing or odd in it is unknown.
const coresSchema = z.object({ cpu: z.object({ physical_cores: z.number().nullable().catch(null) }) });

/** `trends` may be those of any series: only the run's own are taken. */
export function machineReport(
  result: BenchmarkResult,
  trends: readonly Trend[],
  { now, price }: { readonly now: Date; readonly price?: EnergyPrice | undefined },
): MachineReport {
  const { run_id, run_at, mode, target, workload_version, agent_version, benchmarks, server } = result;
  const baseline = benchmarks.find(({ category }) => category === 'baseline');
  const suggestion = suggestContext(benchmarks);
  const ctxSize = suggestion.ctxSize;
  const own = trends.filter(({ series }) => isOwn(series, result));
  return {
    generated_at: now.toISOString(),
    run: { run_id, run_at, mode, target, workload_version, agent_version },
    hardware: hardwareOf(result),
    server: {
      name: server.name,
      kind: server.kind,
      version: server.version,
      context_length: server.context_length,
      slots: server.slots,
    },
    model: result.model,
    baseline_tps: baseline?.avg_tps ?? null,
    baseline_ci95_tps: baseline?.ci95_tps ?? null,
    baseline_ttft_s: baseline?.avg_ttft_s ?? null,
    baseline_successful_runs: baseline?.successful_runs ?? null,
    baseline_timed_runs: baseline === undefined ? null : timedRuns(baseline),
    ...gpuUse(benchmarks),
    energy: (baseline && energyCostOf(baseline, price, new Date(run_at))) ?? null,
    context_sweep: benchmarks.filter(({ category }) => category === 'context_sweep').map(sweepEntry),
    stream_curve: streamCurve(benchmarks),
    findings: benchmarks.flatMap(({ test_id, findings }) => findings.map((finding) => ({ test_id, ...finding }))),
    output_canary: canaryOf(benchmarks),
    failures: benchmarks.flatMap(({ test_id, error }) => (error === null ? [] : [{ test_id, error }])),
    skipped: result.skipped,
    suggested_ctx_size: ctxSize ?? null,
    suggested_ctx_reason: suggestion.reason,
    suggested_command: ctxSize === undefined ? null : (serverCommand(server.kind, result.model, ctxSize) ?? null),
    is_judged: baselinePendingOf(own) === undefined,
    regressions: own.flatMap(regressionsOf),
    last_month: lastMonthAnswer(own) ?? null,
    drifts: own.flatMap(driftsOf),
  };
}

function isOwn(series: Trend['series'], result: BenchmarkResult): boolean {
  return (
    series.machine_id === result.machine_id &&
    series.target === result.target &&
    series.model === result.model &&
    series.workload_version === result.workload_version
  );
}

function hardwareOf(result: BenchmarkResult): MachineReport['hardware'] {
  const { cpu, gpu, gpu_driver, kernel, ram_total_gb } = environmentOfResult(result, '');
  const cores = coresSchema.safeParse(result.profile_snapshot);
  return {
    cpu: wordOf(cpu),
    cpu_cores: cores.data?.cpu.physical_cores ?? null,
    ram_total_gb: typeof ram_total_gb === 'number' ? ram_total_gb : null,
    gpu: wordOf(gpu),
    vram_total_mb: highest(result.benchmarks.map((test) => vramTotalOf(test))),
    gpu_driver: wordOf(gpu_driver),
    kernel: wordOf(kernel),
  };
}

function wordOf(fact: string | number | undefined): string | null {
  return fact === undefined ? null : String(fact);
}

function highest(values: readonly (number | null | undefined)[]): number | null {
  const seen = values.filter((value) => value !== null && value !== undefined);
  return seen.length === 0 ? null : Math.max(...seen);
}

type GpuUse = Pick<MachineReport, 'peak_vram_mb' | 'peak_vram_pct' | 'peak_temp_c' | 'avg_util_pct'>;

function gpuUse(tests: readonly TestResult[]): GpuUse {
  const shares = tests.map((test) => {
    const [peak, total] = [test.gpu_stats?.peak_vram_used_mb ?? undefined, vramTotalOf(test)];
    return peak === undefined || total === undefined ? undefined : (peak / total) * 100;
  });
  let [weighted, weight] = [0, 0];
  for (const { gpu_stats } of tests) {
    if (gpu_stats === null || gpu_stats.avg_util_pct === null) continue;
    weighted += gpu_stats.avg_util_pct * gpu_stats.sample_count;
    weight += gpu_stats.sample_count;
  }
  return {
    peak_vram_mb: highest(tests.map(({ gpu_stats }) => gpu_stats?.peak_vram_used_mb)),
    peak_vram_pct: highest(shares),
    peak_temp_c: highest(tests.map(({ gpu_stats }) => gpu_stats?.peak_temp_c)),
    avg_util_pct: weight === 0 ? null : weighted / weight,
  };
}

function canaryOf(tests: readonly TestResult[]): MachineReport['output_canary'] {
  const canary = tests.find(({ canary: found }) => found !== null)?.canary;
  return canary ? { verdict: canary.verdict, words: canaryWords(canary) } : null;
}

function sweepEntry(test: TestResult): MachineReport['context_sweep'][number] {
  const share = vramShareOf(test);
  return {
    test_id: test.test_id,
    ctx_size: test.ctx_size,
    avg_tps: test.avg_tps,
    ci95_tps: test.ci95_tps,
    successful_runs: test.successful_runs,
    timed_runs: timedRuns(test),
    avg_prefill_tps: test.avg_prefill_tps,
    avg_ttft_s: test.avg_ttft_s,
    avg_vram_used_mb: test.gpu_stats?.avg_vram_used_mb ?? null,
    avg_vram_pct: share === undefined ? null : share * 100,
    error: test.error,
  };
}

function namesOf({ series }: Trend, { signal }: SignalTrend) {
  return { test_id: series.test_id, signal, label: signals[signal].label };
}

function regressionsOf(trend: Trend): MachineReport['regressions'] {
  return trend.signals.flatMap((signal) => {
    const { regression } = signal;
    return regression.status === 'active' ? [{ ...namesOf(trend, signal), ...regressionSchema.parse(regression) }] : [];
  });
}

function driftsOf(trend: Trend): MachineReport['drifts'] {
  return trend.signals.flatMap((signal) => {
    const significant = signal.drift.filter((drift) => drift.status === 'significant');
    const longest = significant.toSorted((a, b) => b.window_days - a.window_days)[0];
    if (longest === undefined) return [];
    const { window_days, ratio_per_30d, ci95_per_30d } = longest;
    return [{ ...namesOf(trend, signal), window_days, ratio_per_30d, ci95_per_30d }];
  });
}
