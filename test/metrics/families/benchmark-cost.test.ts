import t from 'tap';
import { benchmarkResult, gpuStats, testResult } from '../../fixtures/benchmark-result.js';
import { metricsBench, noSettings } from '../../fixtures/metrics-bench.js';

const COST = 'typhon_benchmark_energy_cost_per_million_tokens';
const CO2 = 'typhon_benchmark_energy_co2_grams_per_million_tokens';
const result = benchmarkResult({ benchmarks: [testResult({ gpu_stats: gpuStats({ joules_per_token: 3.6 }) })] });

t.test('energy has its price at the time of the run, and its grams', async (t) => {
  const prices = [
    { fromMinute: 0, toMinute: 720, perKwh: 0.2 },
    { fromMinute: 720, toMinute: 1440, perKwh: 0.34 },
  ];
  const energy = { prices, timeZone: 'UTC', currency: 'EUR', gramsCo2PerKwh: 380 };
  const { metrics, read } = metricsBench(t, { settings: { ...noSettings, energy } });
  metrics.observeResult(result);
  const [cost, ...more] = await read(COST);
  t.same(more, []);
  t.match(cost, { value: 0.34, labels: { test: 'baseline_short', currency: 'EUR' } });
  const [grams] = await read(CO2);
  t.equal(grams?.value, 380);
  t.notOk('currency' in (grams?.labels ?? {}));
});

t.test('what is not configured, or not known, has no sample', async (t) => {
  const none = metricsBench(t);
  none.metrics.observeResult(result);
  t.same(await none.read(COST), []);
  t.same(await none.read(CO2), []);
  const priced = metricsBench(t, { settings: { ...noSettings, energy: { pricePerKwh: 0.3, currency: 'EUR' } } });
  priced.metrics.observeResult(benchmarkResult());
  t.same(await priced.read(COST), []);
  priced.metrics.observeResult(result);
  t.equal((await priced.read(COST)).length, 1);
  t.same(await priced.read(CO2), []);
});
