import t from 'tap';
import { benchmarkResult, failedRun, successfulRun, testResult } from '../../fixtures/benchmark-result.js';
import { canaryTest } from '../../fixtures/canary-result.js';
import { metricsBench } from '../../fixtures/metrics-bench.js';

const mixed = testResult({
  warmup_run: successfulRun({ completion_tokens: 1000, decode_s: 1000 }),
  runs: [
    successfulRun({ prompt_tokens: 38, completion_tokens: 64, decode_s: 0.75 }),
    successfulRun({ prompt_tokens: null, completion_tokens: 32, decode_s: null }),
    failedRun({ error: 'timeout' }),
    failedRun({ error: 'connection_reset' }),
  ],
});

t.test('requests count with the warm-up, tokens and seconds without it, over all runs', async (t) => {
  const { metrics, read, value } = metricsBench(t);
  metrics.observeResult(benchmarkResult({ benchmarks: [mixed] }));
  metrics.observeResult(benchmarkResult({ benchmarks: [mixed] }));
  t.equal(await value('typhon_benchmark_requests_total'), 10);
  t.equal(await value('typhon_benchmark_decode_seconds_total'), 1.5);
  t.same(
    (await read('typhon_benchmark_tokens_total')).map((sample) => [sample.labels['kind'], sample.value]),
    [
      ['prompt', 76],
      ['completion', 192],
    ],
  );
});

t.test('failures are counted by their error; one that has not occurred has no sample', async (t) => {
  const { metrics, read } = metricsBench(t);
  metrics.observeResult(benchmarkResult());
  t.same(await read('typhon_benchmark_request_failures_total'), [], 'all went well');
  metrics.observeResult(benchmarkResult({ benchmarks: [mixed] }));
  const failures = await read('typhon_benchmark_request_failures_total');
  t.same(Object.fromEntries(failures.map(({ labels, value }) => [labels['error'], value])), {
    timeout: 1,
    connection_reset: 1,
  });
});

t.test('a run that could not begin counts one failure for each series of its target and mode', async (t) => {
  const { metrics, read } = metricsBench(t);
  metrics.observeResult(benchmarkResult({ benchmarks: [testResult(), testResult({ test_id: 'long_gen' })] }));
  metrics.observeResult(benchmarkResult({ target: 'other' }));
  const refused = async () => {
    const failures = await read('typhon_benchmark_request_failures_total');
    return failures.filter(({ labels, value }) => labels['error'] === 'connection_refused' && value > 0);
  };
  metrics.onUnprepared({ target: 'local', model: null, mode: 'full' }, 'connection_refused');
  metrics.onUnprepared({ target: 'local', model: 'another', mode: 'quick' }, 'connection_refused');
  t.same(await refused(), [], 'another mode, another model');
  const before = (await read('typhon_benchmark_requests_total')).map(({ value }) => value);
  metrics.onUnprepared({ target: null, model: null, mode: 'quick' }, 'connection_refused');
  t.match(await refused(), [
    { labels: { target: 'local', test: 'baseline_short' }, value: 1 },
    { labels: { target: 'local', test: 'long_gen' }, value: 1 },
  ]);
  const [one = 0, two = 0, others] = before;
  t.same(
    (await read('typhon_benchmark_requests_total')).map(({ value }) => value),
    [one + 1, two + 1, others],
  );
});

t.test('how many series were given up is told from 0', async (t) => {
  const { value } = metricsBench(t);
  t.equal(await value('typhon_series_dropped_total'), 0);
});

t.test("a canary's requests count, and its tokens, which nobody timed, do not", async (t) => {
  const { metrics, read, value } = metricsBench(t);
  metrics.observeResult(benchmarkResult({ benchmarks: [canaryTest()] }));
  t.equal(await value('typhon_benchmark_requests_total'), 2);
  t.same(
    (await read('typhon_benchmark_tokens_total')).map((sample) => sample.value),
    [0, 0],
  );
});
