import t from 'tap';
import { benchmarkResult, failedRun, failedTestResult, testResult } from '../fixtures/benchmark-result.js';
import { metricsBench } from '../fixtures/metrics-bench.js';

const target = { name: 'local', identity: { kind: 'llama.cpp' }, model: benchmarkResult().model };
const plan = { tests: [{ testId: 'baseline_short', category: 'baseline', ctxSize: 2048 }] };

function begun(t: Parameters<typeof metricsBench>[0], ended: string, status: 'done' | 'error' | 'cancelled') {
  const bench = metricsBench(t);
  const run = { plan, runner: { ended: Promise.resolve({ status: ended }) }, outcome: Promise.resolve({ status }) };
  bench.metrics.onRunner(run, { target }, { job: { mode: 'quick' } });
  const failures = async () =>
    (await bench.read('typhon_benchmark_request_failures_total')).reduce((sum, { value }) => sum + value, 0);
  return { ...bench, failures };
}

t.test('the counters of a run stand at 0 before its first request, and nothing is said of its outcome', async (t) => {
  const { value, read } = begun(t, 'finished', 'done');
  t.equal(await value('typhon_benchmark_requests_total'), 0);
  t.same(await read('typhon_benchmark_success'), []);
});

t.test('the requests of a run that is not recorded are counted', async (t) => {
  const { metrics, value, failures } = begun(t, 'finished', 'error');
  metrics.onEvent({ type: 'test_finished', test: failedTestResult({ warmup_run: null, runs: [failedRun()] }) });
  await new Promise(setImmediate);
  t.equal(await value('typhon_benchmark_requests_total'), 1);
  t.equal(await failures(), 1);
});

t.test('those of a run that is recorded are counted with its result, those of a cancelled one never', async (t) => {
  for (const status of ['done', 'cancelled'] as const) {
    const { metrics, value } = begun(t, 'finished', status);
    metrics.onEvent({ type: 'test_finished', test: testResult() });
    await new Promise(setImmediate);
    t.equal(await value('typhon_benchmark_requests_total'), 0, status);
  }
});

t.test('a runner that crashes is counted', async (t) => {
  const { value } = begun(t, 'crashed', 'error');
  await new Promise(setImmediate);
  t.equal(await value('typhon_runner_crashes_total'), 1);
  const cancelled = begun(t, 'cancelled', 'cancelled');
  await new Promise(setImmediate);
  t.equal(await cancelled.value('typhon_runner_crashes_total'), 0);
});
