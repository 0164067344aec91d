import t from 'tap';
import type { TestResult } from '../../../src/benchmark/result.js';
import { machineReport, machineReportSchema } from '../../../src/trends/report/machine-report.js';
import { trendsOf } from '../../../src/trends/trend-book.js';
import { benchmarkResult, failedTestResult, gpuStats, testResult } from '../../fixtures/benchmark-result.js';
import { canaryTest, changedCanary } from '../../fixtures/canary-result.js';
import { driverChangeAt, generatedYear, historyRuns } from '../../fixtures/history.js';
import { NONE } from '../../fixtures/none.js';

const now = new Date('2027-01-02T00:00:00.000Z');
const settings = { options: { window: 20, minSamples: 5, drop: 0.1 }, isReferenceModel: () => false };

function context(ctx_size: number, avg_vram_used_mb: number) {
  const gpu_stats = gpuStats({ avg_vram_used_mb, peak_vram_used_mb: avg_vram_used_mb + 100 });
  return testResult({ test_id: `ctx_sweep_${ctx_size}`, category: 'context_sweep', ctx_size, gpu_stats });
}

t.test('puts together what the last run found', async (t) => {
  const findings = [{ code: 'thermal_throttling' as const, message: 'Hot.' }];
  const benchmarks = [testResult({ gpu_stats: gpuStats(), findings }), context(8192, 12_288), context(32_768, 23_000)];
  const skipped = [{ test_id: 'ctx_sweep_65536', reason: 'too long' }];
  const report = machineReport(benchmarkResult({ benchmarks, skipped }), [], { now });
  t.same(machineReportSchema.parse(report), report);
  t.match(report, {
    generated_at: now.toISOString(),
    hardware: { gpu: 'NVIDIA GeForce RTX 3090', vram_total_mb: 24_576, gpu_driver: '580.95.05', cpu_cores: 16 },
    model: 'hermes-3-llama-3.1-8b-q8_0',
    baseline_tps: 82.5,
    baseline_ci95_tps: [81.26, 83.74],
    peak_vram_mb: 23_100,
    peak_temp_c: 71,
    avg_util_pct: 94,
    context_sweep: [
      { ctx_size: 8192, avg_vram_pct: 50 },
      { ctx_size: 32_768, avg_tps: 82.5 },
    ],
    findings: [{ test_id: 'baseline_short', code: 'thermal_throttling' }],
    skipped,
    suggested_ctx_size: 8192,
    suggested_command: /^llama-server .*--ctx-size 8192/,
    is_judged: false,
    regressions: NONE,
    drifts: NONE,
  });
  t.ok(Math.abs((report.peak_vram_pct ?? 0) - (23_100 / 24_576) * 100) < 1e-9);
});

t.test('what is unknown is null, never 0', async (t) => {
  const report = machineReport(benchmarkResult({ benchmarks: [failedTestResult()] }), [], { now });
  const unknown = {
    baseline_tps: null,
    peak_vram_mb: null,
    peak_vram_pct: null,
    peak_temp_c: null,
    avg_util_pct: null,
  };
  t.match(report, { ...unknown, suggested_ctx_size: null, suggested_command: null });
  t.same(report.failures, [{ test_id: 'baseline_short', error: 'timeout' }]);
  t.same(machineReportSchema.parse(report), report);
});

t.test('takes the regressions of its own series, with what changed', async (t) => {
  const rows = historyRuns(generatedYear(3)).flat();
  const [row] = rows;
  const trends = trendsOf(rows, settings, now);
  const own = benchmarkResult({
    machine_id: row?.machine_id ?? '',
    target: row?.target ?? '',
    model: row?.model ?? '',
  });
  const { is_judged, regressions, drifts } = machineReport(own, trends, { now });
  t.equal(is_judged, true);
  const decode = regressions.filter(({ signal }) => signal === 'decode_speed');
  t.same(decode.map(({ test_id }) => test_id).sort(), ['baseline_short', 'ctx_sweep_8192', 'long_gen']);
  t.match(decode[0], { label: 'decode speed', changes: [{ factor: 'gpu_driver' }] });
  t.ok(Math.abs(Date.parse(decode[0]?.since ?? '') - driverChangeAt.getTime()) < 86_400_000);
  t.ok(drifts.some(({ signal, ratio_per_30d }) => signal === 'decode_speed' && ratio_per_30d < 0));
  t.match(machineReport(benchmarkResult({ target: 'another' }), trends, { now }), {
    is_judged: false,
    regressions: NONE,
  });
});

t.test('the report has what the canary said, where the run has one', async (t) => {
  const reportOf = (benchmarks: readonly TestResult[]) =>
    machineReport(benchmarkResult({ benchmarks: [...benchmarks] }), [], { now }).output_canary;
  t.equal(reportOf([testResult()]), null);
  t.equal(reportOf([testResult(), canaryTest(null)]), null, 'nor does it say anything of one that failed');
  t.same(reportOf([testResult(), canaryTest(changedCanary({ verdict: 'match' }))]), {
    verdict: 'match',
    words: 'the same answer as on 2026-11-20 08:17 UTC.',
  });
});
