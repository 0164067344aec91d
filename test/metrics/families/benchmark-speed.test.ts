import t from 'tap';
import { benchmarkResult, testResult } from '../../fixtures/benchmark-result.js';
import { canaryTest, changedCanary } from '../../fixtures/canary-result.js';
import { metricsBench } from '../../fixtures/metrics-bench.js';

const labels = {
  target: 'local',
  server: 'llama.cpp',
  model: 'hermes-3-llama-3.1-8b-q8_0',
  test: 'baseline_short',
  category: 'baseline',
  ctx_size: '2048',
};

t.test('every figure of a result is a gauge with the labels of its series', async (t) => {
  const { metrics, read } = metricsBench(t);
  metrics.observeResult(benchmarkResult());
  const figures = {
    typhon_benchmark_tokens_per_second: 82.5,
    typhon_benchmark_best_tokens_per_second: 83,
    typhon_benchmark_prefill_tokens_per_second: 316.67,
    typhon_benchmark_tokens_per_second_cv: 0.0061,
    typhon_benchmark_time_to_first_token_seconds: 0.12,
    typhon_benchmark_elapsed_seconds: 0.884,
  };
  for (const [name, value] of Object.entries(figures)) t.same(await read(name), [{ name, labels, value }]);
  const latency = await read('typhon_benchmark_inter_token_latency_seconds');
  t.same(
    latency.map((sample) => [sample.labels['percentile'], sample.value]),
    [
      ['50', 0.0121],
      ['95', 0.0126],
      ['99', 0.0131],
    ],
  );
});

t.test('what is unknown has no sample', async (t) => {
  const { metrics, read, value } = metricsBench(t);
  metrics.observeResult(
    benchmarkResult({ benchmarks: [testResult({ avg_prefill_tps: null, itl_p95_s: null, cv_tps: null })] }),
  );
  t.equal(await value('typhon_benchmark_tokens_per_second'), 82.5);
  t.same(await read('typhon_benchmark_prefill_tokens_per_second'), []);
  t.same(await read('typhon_benchmark_tokens_per_second_cv'), []);
  t.equal((await read('typhon_benchmark_inter_token_latency_seconds')).length, 2);
});

t.test('the time that the model took to load stands with the test that tells it', async (t) => {
  const { metrics, read } = metricsBench(t);
  metrics.observeResult(
    benchmarkResult({
      benchmarks: [testResult({ model_load_s: 12.5 }), testResult({ test_id: 'long_gen', category: 'stress' })],
    }),
  );
  const samples = await read('typhon_benchmark_model_load_seconds');
  t.same(
    samples.map(({ labels, value }) => [labels['test'], value]),
    [['baseline_short', 12.5]],
  );
});

t.test('whether the model answers as before: 1 or 0, nothing where it was not judged, and no speed', async (t) => {
  const { metrics, read } = metricsBench(t);
  const canary = { ...labels, test: 'canary', category: 'canary' };
  for (const match of [1, 0]) {
    metrics.observeResult(benchmarkResult({ benchmarks: [canaryTest(changedCanary(), { canary_match: match })] }));
    const name = 'typhon_benchmark_canary_match';
    t.same(await read(name), [{ name, labels: canary, value: match }]);
  }
  t.same(await read('typhon_benchmark_tokens_per_second'), []);
  metrics.observeResult(benchmarkResult({ benchmarks: [canaryTest()] }));
  t.same(await read('typhon_benchmark_canary_match'), []);
});
