import t from 'tap';
import { resultTable } from '../../../src/commands/output/result-table.js';
import { benchmarkResult, failedTestResult, gpuStats, testResult } from '../../fixtures/benchmark-result.js';

t.test('one line a test under its columns, with their units', async (t) => {
  const [head = '', rule = '', first = '', second = ''] = resultTable(
    benchmarkResult({
      benchmarks: [
        testResult({ gpu_stats: gpuStats({ peak_vram_used_mb: 8192 }) }),
        testResult({ name: 'Context sweep — 8,192 tokens', avg_tps: 7.125, stddev_tps: 0.5, avg_ttft_s: 12.34 }),
      ],
    }),
  ).split('\n');
  t.match(head, /^Test +Decode tok\/s +Prefill tok\/s +TTFT +VRAM +GPU +Power$/);
  t.match(rule, /^─+$/);
  t.match(first, /^Baseline \(short prompt\) +82\.5 ± 0\.70 +317 +120 ms +8\.0 GiB +71 °C +210 W$/);
  t.match(second, /^Context sweep — 8,192 tokens +7\.13 ± 0\.50 +317 +12\.3 s +– +– +–$/);
  for (const title of ['Decode tok/s', 'TTFT']) {
    const end = head.indexOf(title) + title.length;
    t.not(first[end - 1], ' ', `${title} is aligned`);
    t.equal(first[end], ' ', `${title} is aligned`);
  }
});

t.test('what is unknown is a dash, never 0', async (t) => {
  const unknown = testResult({ avg_tps: null, stddev_tps: null, avg_ttft_s: null, avg_prefill_tps: null });
  t.match(
    resultTable(benchmarkResult({ benchmarks: [unknown] })).split('\n')[2],
    /^Baseline \(short prompt\)(?: +–){6}$/,
  );
});

t.test('failed and skipped tests follow with their reasons', async (t) => {
  const table = resultTable(
    benchmarkResult({
      benchmarks: [
        testResult(),
        failedTestResult({ name: 'Long' }),
        failedTestResult({ name: 'Wide', error_detail: null }),
      ],
      skipped: [{ test_id: 'ctx_sweep_65536', reason: "exceeds the server's context length (32768)" }],
    }),
  );
  t.match(table, /^Long +failed/m);
  t.same(table.split('\n').slice(-3), [
    '✗ Long: timeout (no token for 120 s)',
    '✗ Wide: timeout',
    "• ctx_sweep_65536 skipped: exceeds the server's context length (32768)",
  ]);
});
