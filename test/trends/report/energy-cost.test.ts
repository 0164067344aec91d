import t from 'tap';
import { energyCostOf, priceAt, tokenCost } from '../../../src/trends/report/energy-cost.js';
import { gpuStats, testResult } from '../../fixtures/benchmark-result.js';

const price = { pricePerKwh: 0.3, currency: 'EUR' };
const at = new Date('2026-11-21T14:30:45.123Z');
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
  const cost = energyCostOf(testResult({ gpu_stats: gpuStats({ joules_per_token: 3.6 }) }), price, at);
  t.match(cost, { test_id: 'baseline_short', parts: ['gpu'], joules_per_token: 3.6, currency: 'EUR' });
  t.equal(cost?.cost_per_million_tokens, 0.3);
});

t.test('the parts that are known are added', async (t) => {
  const both = energyCostOf(testResult({ gpu_stats: gpuStats({ joules_per_token: 1.5 }), host_stats }), price, at);
  t.match(both, { parts: ['gpu', 'cpu'], joules_per_token: 2 });
  t.match(energyCostOf(testResult({ host_stats }), price, at), { parts: ['cpu'], joules_per_token: 0.5 });
});

t.test('without a price there is no cost, without energy nothing', async (t) => {
  t.match(energyCostOf(testResult({ host_stats }), undefined, at), {
    joules_per_token: 0.5,
    price_per_kwh: null,
    cost_per_million_tokens: null,
  });
  t.equal(energyCostOf(testResult(), price, at), undefined);
  t.equal(energyCostOf(testResult({ gpu_stats: gpuStats({ joules_per_token: null }) }), price, at), undefined);
});

const hours = [
  { fromMinute: 7 * 60, toMinute: 22 * 60, perKwh: 0.34 },
  { fromMinute: 22 * 60, toMinute: 7 * 60, perKwh: 0.2 },
];

t.test('the price is that of the time of the run, where the meter stands', async (t) => {
  const there = { prices: hours, timeZone: 'Europe/Berlin', currency: 'EUR' };
  const of = (time: string) => priceAt(there, new Date(time));
  t.equal(of('2026-01-15T05:59:59Z'), 0.2, 'winter, an hour ahead');
  t.equal(of('2026-01-15T06:00:00Z'), 0.34);
  t.equal(of('2026-07-15T05:00:00Z'), 0.34, 'summer, two hours');
  t.equal(of('2026-07-15T20:00:00Z'), 0.2);
  t.equal(of('2026-07-15T22:30:00Z'), 0.2, 'after midnight');
  const costAt = (time: string) =>
    energyCostOf(testResult({ gpu_stats: gpuStats({ joules_per_token: 3.6 }) }), there, new Date(time));
  t.match(costAt('2026-01-15T03:00:00Z'), { price_per_kwh: 0.2, cost_per_million_tokens: 0.2, currency: 'EUR' });
  t.equal(priceAt({ prices: [{ fromMinute: 0, toMinute: 1440, perKwh: 1 }], timeZone: 'UTC' }, at), 1);
});

t.test('grams of CO₂ need no price', async (t) => {
  t.same(tokenCost(3.6, { gramsCo2PerKwh: 380 }, at), {
    cost_per_million_tokens: null,
    grams_co2_per_million_tokens: 380,
  });
  t.same(tokenCost(3.6, undefined, at), { cost_per_million_tokens: null, grams_co2_per_million_tokens: null });
});
