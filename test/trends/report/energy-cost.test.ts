import t from 'tap';
import { energyCostOf } from '../../../src/trends/report/energy-cost.js';
import { gpuStats, testResult } from '../../fixtures/benchmark-result.js';

const price = { pricePerKwh: 0.3, currency: 'EUR' };
const host_stats = {
  start_temp_c: null,
  peak_temp_c: null,
  avg_temp_c: null,
  peak_power_w: null,
  avg_power_w: 60,
  avg_util_pct: null,
  energy_j: 48,
  joules_per_token: 0.5,
  sample_count: 4,
};

t.test('a kilowatt-hour is 3.6 million joules', async (t) => {
  const cost = energyCostOf(testResult({ gpu_stats: gpuStats({ joules_per_token: 3.6 }) }), price);
  t.match(cost, { test_id: 'baseline_short', parts: ['gpu'], joules_per_token: 3.6, currency: 'EUR' });
  t.equal(cost?.cost_per_million_tokens, 0.3);
});

t.test('the parts that are known are added', async (t) => {
  const both = energyCostOf(testResult({ gpu_stats: gpuStats({ joules_per_token: 1.5 }), host_stats }), price);
  t.match(both, { parts: ['gpu', 'cpu'], joules_per_token: 2 });
  t.match(energyCostOf(testResult({ host_stats }), price), { parts: ['cpu'], joules_per_token: 0.5 });
});

t.test('without a price there is no cost, without energy nothing', async (t) => {
  t.match(energyCostOf(testResult({ host_stats }), undefined), {
    joules_per_token: 0.5,
    price_per_kwh: null,
    cost_per_million_tokens: null,
  });
  t.equal(energyCostOf(testResult(), price), undefined);
  t.equal(energyCostOf(testResult({ gpu_stats: gpuStats({ joules_per_token: null }) }), price), undefined);
});
