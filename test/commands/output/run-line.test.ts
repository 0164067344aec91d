import t from 'tap';
import { runLine } from '../../../src/commands/output/run-line.js';
import { benchmarkResult, failedTestResult, testResult } from '../../fixtures/benchmark-result.js';
import { finishedJob } from '../../fixtures/page-jobs.js';

t.test('the main figures of a run that is done', async (t) => {
  const line = runLine({
    job: finishedJob(),
    result: benchmarkResult({
      run_at: '2026-11-22T12:00:00.000Z',
      finished_at: '2026-11-22T12:00:42.000Z',
      benchmarks: [testResult(), testResult({ category: 'context_sweep', avg_prefill_tps: 2104 }), failedTestResult()],
    }),
  });
  t.equal(
    line,
    'decode 82.5 tokens/s, first token after 120 ms, prefill 2,104 tokens/s, 2 of 3 tests succeeded in 42 s',
  );
});

t.test('nothing is said of what nobody knows', async (t) => {
  const unknown = testResult({ avg_tps: null, avg_ttft_s: null, avg_prefill_tps: null });
  const times = { run_at: '2026-11-22T12:00:00.000Z', finished_at: '2026-11-22T12:00:42.000Z' };
  const result = benchmarkResult({ ...times, benchmarks: [unknown] });
  t.equal(runLine({ job: finishedJob(), result }), '1 of 1 tests succeeded in 42 s');
});

t.test('one that is not done says how it ended', async (t) => {
  const failed = finishedJob({ status: 'error', error: 'timeout', detail: 'no token for 120 s' });
  t.equal(runLine({ job: failed, result: undefined }), 'error: timeout');
  t.equal(runLine({ job: finishedJob({ status: 'cancelled' }), result: undefined }), 'cancelled');
});
