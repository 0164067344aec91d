import t from 'tap';
import { benchmarkResult, gpuStats, singleGpuStats, testResult } from '../../fixtures/benchmark-result.js';
import { metricsBench } from '../../fixtures/metrics-bench.js';

const two = gpuStats({
  joules_per_token: 2.5,
  gpus: [
    singleGpuStats({ throttled_ratio: 0.25 }),
    singleGpuStats({ index: 1, uuid: null, peak_temp_c: null, peak_vram_used_mb: 512 }),
  ],
});

t.test('each GPU has its own series, in base units', async (t) => {
  const { metrics, read } = metricsBench(t);
  metrics.observeResult(benchmarkResult({ benchmarks: [testResult({ gpu_stats: two })] }));
  const [first, second] = await read('typhon_benchmark_gpu_memory_used_peak_bytes');
  t.match(first, { labels: { test: 'baseline_short', gpu: '0', uuid: 'GPU-00000000-0000-0000-0000-000000000000' } });
  t.equal(first?.value, 8240 * 1_048_576);
  t.match(second, { labels: { gpu: '1', uuid: '' }, value: 536_870_912 });
  const firsts = {
    typhon_benchmark_gpu_memory_used_avg_bytes: 8180 * 1_048_576,
    typhon_benchmark_gpu_temperature_peak_celsius: 71,
    typhon_benchmark_gpu_temperature_avg_celsius: 70.2,
    typhon_benchmark_gpu_power_peak_watts: 218,
    typhon_benchmark_gpu_power_avg_watts: 209.5,
    typhon_benchmark_gpu_utilization_ratio: 0.94,
    typhon_benchmark_gpu_throttled_ratio: 0.25,
  };
  for (const [name, value] of Object.entries(firsts)) t.equal((await read(name))[0]?.value, value, name);
  t.equal((await read('typhon_benchmark_gpu_temperature_peak_celsius')).length, 1, 'unknown: no sample');
});

t.test("energy per token is one for all GPUs, with the series' labels alone", async (t) => {
  const { metrics, read } = metricsBench(t);
  metrics.observeResult(benchmarkResult({ benchmarks: [testResult({ gpu_stats: two })] }));
  const [energy, ...more] = await read('typhon_benchmark_energy_joules_per_token');
  t.same(more, []);
  t.equal(energy?.value, 2.5);
  t.equal('gpu' in (energy?.labels ?? {}), false);
});

t.test('without a GPU there is nothing', async (t) => {
  const { metrics } = metricsBench(t);
  metrics.observeResult(benchmarkResult());
  t.notMatch((await metrics.scrape(undefined)).body, /typhon_benchmark_(gpu|energy)/);
});
