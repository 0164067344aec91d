import t from 'tap';
import { resultTable } from '../../../src/commands/output/result-table.js';
import { benchmarkResult, failedTestResult, gpuStats, testResult } from '../../fixtures/benchmark-result.js';
import { canaryTest, changedCanary } from '../../fixtures/canary-result.js';

t.test('one line a test under its columns, with their units', async (t) => {
  const [head = '', rule = '', first = '', second = ''] = resultTable(
    benchmarkResult({
      benchmarks: [
        testResult({ gpu_stats: gpuStats({ peak_vram_used_mb: 8192 }) }),
        testResult({
          name: 'Context sweep — 8,192 tokens',
          avg_tps: 7.125,
          ci95_tps: [6.525, 7.725],
          avg_ttft_s: 12.34,
        }),
      ],
    }),
  ).split('\n');
  t.match(head, /^Test +Decode tok\/s +Prefill tok\/s +TTFT +VRAM +GPU +Power +Runs$/);
  t.match(rule, /^─+$/);
  t.match(first, /^Baseline \(short prompt\) +82\.5 ± 1\.24 +317 +120 ms +8\.0 GiB +71 °C +210 W +3$/);
  t.match(second, /^Context sweep — 8,192 tokens +7\.13 ± 0\.60 +317 +12\.3 s +– +– +– +3$/);
  for (const title of ['Decode tok/s', 'TTFT']) {
    const end = head.indexOf(title) + title.length;
    t.not(first[end - 1], ' ', `${title} is aligned`);
    t.equal(first[end], ' ', `${title} is aligned`);
  }
});

t.test('what is unknown is a dash, never 0', async (t) => {
  const unknown = testResult({ avg_tps: null, ci95_tps: null, avg_ttft_s: null, avg_prefill_tps: null });
  t.match(
    resultTable(benchmarkResult({ benchmarks: [unknown] })).split('\n')[2],
    /^Baseline \(short prompt\)(?: +–){6} +3$/,
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
    "• Context sweep — 65,536 tokens skipped: exceeds the server's context length (32768)",
  ]);
});

t.test('what a load test alone tells has a column where there is one', async (t) => {
  const load = testResult({ concurrency: 4, successful_runs: 12, aggregate_tps: 260.4, avg_queued_ttft_s: 3.21 });
  const [head, , first, second] = resultTable(benchmarkResult({ benchmarks: [testResult(), load] })).split('\n');
  t.match(head, /One stream tok\/s +All streams tok\/s +Prefill tok\/s +TTFT +TTFT queued/);
  t.match(first, /82\.5 ± 1\.24 +– +317 +120 ms +– /);
  t.match(second, /82\.5 ± 1\.24 +260 +317 +120 ms +3\.21 s /);
});

t.test('lost runs and other findings are told, those that several tests share once', async (t) => {
  const finding = { code: 'runs_lost', message: '1 of 3 timed runs was lost: connection_reset.' } as const;
  const other = { code: 'other_gpu_process', message: 'Other programs held GPU memory.' } as const;
  const tests = [
    testResult({ successful_runs: 2, findings: [finding, other] }),
    testResult({ name: 'Long', findings: [other] }),
  ];
  const lines = resultTable(benchmarkResult({ benchmarks: tests })).split('\n');
  t.match(lines[2], / 2 of 3$/);
  t.same(lines.slice(-2), [
    '• Baseline (short prompt): 1 of 3 timed runs was lost: connection_reset.',
    '• Baseline (short prompt), Long: Other programs held GPU memory.',
  ]);
});

t.test('the canary is no line of the table: a sentence says what it said', async (t) => {
  const table = (verdict: 'match' | 'output_changed', message?: string) =>
    resultTable(
      benchmarkResult({
        benchmarks: [
          testResult(),
          canaryTest(changedCanary({ verdict }), {
            findings: message === undefined ? [] : [{ code: 'output_changed', message }],
          }),
        ],
      }),
    ).split('\n');
  t.same(table('match').slice(3), ['', '• Output canary: the same answer as on 2026-11-20 08:17 UTC.']);
  t.same(table('output_changed', 'It changed.').slice(3), ['', '• Output canary: It changed.'], 'once');
});
