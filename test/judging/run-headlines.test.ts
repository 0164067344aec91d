import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { recordResult } from '../../src/chronicle/record.js';
import { storagePaths } from '../../src/chronicle/storage.js';
import { RunHeadlines, runHeadline, runHeadlineSchema } from '../../src/judging/run-headlines.js';
import { benchmarkResult, testResult } from '../fixtures/benchmark-result.js';

const FIRST = '2026-11-21_14-30-45.123_a3f1c820';
const SECOND = '2026-11-21_15-30-45.123_a3f1c821';

const noisy = { code: 'noisy_result', message: 'It varies.' } as const;
const hot = { code: 'thermal_throttling', message: 'It is hot.' } as const;

t.test('a run in some figures, with what was found in any of its tests, the most telling first', async (t) => {
  const failed = testResult({
    test_id: 'long_gen',
    category: 'stress',
    error: 'timeout',
    successful_runs: 0,
    findings: [hot],
  });
  const headline = runHeadline(benchmarkResult({ benchmarks: [testResult({ findings: [noisy, hot] }), failed] }));
  t.same(runHeadlineSchema.parse(headline), headline);
  t.match(headline, { decode_tps: 82.5, tests: 2, failed_tests: 1, findings: ['thermal_throttling', 'noisy_result'] });
  const nothing = runHeadline(benchmarkResult({ benchmarks: [failed] }));
  t.match(nothing, { decode_tps: null, ttft_s: null, peak_vram_mb: null, tests: 1, failed_tests: 1 });
});

t.test('each result is read once; then what is kept tells it, also after the run has gone', async (t) => {
  const paths = storagePaths(t.testdir({ runs: {} }));
  await recordResult(benchmarkResult({ run_id: FIRST }), paths);
  const headlines = new RunHeadlines(paths);
  const both = await Promise.all([headlines.of([FIRST]), headlines.of([FIRST])]);
  for (const known of both) t.match(known.get(FIRST), { decode_tps: 82.5 });
  t.equal(readFileSync(paths.runHeadlines, 'utf8').split('\n').length, 2, 'one line');
  rmSync(paths.runs, { recursive: true });
  t.match((await new RunHeadlines(paths).of([FIRST])).get(FIRST), { decode_tps: 82.5 });
});

t.test('what cannot be read is unknown, and torn lines are passed over', async (t) => {
  const paths = storagePaths(t.testdir({ runs: {} }));
  await recordResult(benchmarkResult({ run_id: SECOND }), paths);
  writeFileSync(paths.runHeadlines, '{"run_id":"2026');
  appendFileSync(paths.runHeadlines, '\n');
  const headlines = new RunHeadlines(paths);
  t.equal((await headlines.of([FIRST, '../../etc'])).size, 0);
  t.equal((await headlines.of([SECOND])).size, 1);
});

t.test('a place that cannot be written to hinders nobody', async (t) => {
  const paths = { ...storagePaths(t.testdir({ runs: {} })), runHeadlines: '/nowhere/at/all' };
  await recordResult(benchmarkResult({ run_id: FIRST }), paths);
  t.match((await new RunHeadlines(paths).of([FIRST])).get(FIRST), { decode_tps: 82.5 });
});
