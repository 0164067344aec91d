import t from 'tap';
import { benchmarkResult, failedTestResult } from '../../fixtures/benchmark-result.js';
import { metricsBench } from '../../fixtures/metrics-bench.js';

const { server } = benchmarkResult();

t.test('tells how the model is stored, its file and the version of its server', async (t) => {
  const { metrics, read } = metricsBench(t);
  metrics.observeResult(
    benchmarkResult({
      model: '/models/hermes.gguf',
      server: { ...server, model_file: 'hermes.gguf', quantisation: 'Q8_0' },
    }),
  );
  const [info, ...others] = await read('typhon_benchmark_info');
  t.same(others, []);
  t.equal(info?.value, 1);
  t.match(info?.labels, {
    target: 'local',
    server: 'llama.cpp',
    model: 'hermes.gguf',
    test: 'baseline_short',
    quantization: 'Q8_0',
    model_file: 'hermes.gguf',
    server_version: 'b9310',
  });
});

t.test('what the server does not tell is read from the names, or empty', async (t) => {
  const { metrics, read } = metricsBench(t);
  metrics.observeResult(benchmarkResult({ server: { ...server, version: null } }));
  t.match((await read('typhon_benchmark_info'))[0]?.labels, {
    quantization: 'q8_0',
    model_file: '',
    server_version: '',
  });
});

t.test('a test that was never measured is not described', async (t) => {
  const { metrics, read } = metricsBench(t);
  metrics.observeResult(benchmarkResult({ benchmarks: [failedTestResult()] }));
  t.same(await read('typhon_benchmark_info'), []);
});

t.test('a model whose file has moved to another folder keeps its one series', async (t) => {
  const { metrics, read } = metricsBench(t);
  metrics.observeResult(benchmarkResult({ model: '/old/hermes.gguf' }));
  metrics.observeResult(benchmarkResult({ model: '/new/hermes.gguf', server: { ...server, version: 'b9400' } }));
  t.same(
    (await read('typhon_benchmark_info')).map(({ labels }) => [labels['model'], labels['server_version']]),
    [['hermes.gguf', 'b9400']],
  );
});
