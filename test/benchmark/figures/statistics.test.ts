import t from 'tap';
import {
  confidenceInterval95,
  mean,
  quantile,
  sampleStandardDeviation,
  tQuantile975,
} from '../../../src/benchmark/figures/statistics.js';
import { seededRandom, seeds } from '../../fixtures/seeded-random.js';

const near = (value: number | undefined, expected: number, tolerance: number): boolean =>
  value !== undefined && Math.abs(value - expected) <= tolerance;

t.test('a sample that is too small has no figure, and never 0', async (t) => {
  t.equal(mean([]), undefined);
  t.equal(quantile([], 0.5), undefined);
  for (const values of [[], [82.5]]) {
    t.equal(sampleStandardDeviation(values), undefined);
    t.equal(confidenceInterval95(values), undefined);
  }
});

t.test('means and sample deviations of known samples', async (t) => {
  t.equal(mean([7]), 7);
  t.equal(mean([1, 2, 6]), 3);
  // The squares of the deviations from 5 sum up to 32; 32 / 7 under the root.
  t.ok(near(sampleStandardDeviation([2, 4, 4, 4, 5, 5, 7, 9]), Math.sqrt(32 / 7), 1e-12));
  t.equal(sampleStandardDeviation([3, 3, 3]), 0);
});

t.test('the t quantile is that of published tables, also beyond thirty degrees of freedom', async (t) => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
  const table: readonly [number, number][] = [
    [1, 12.706],
    [2, 4.303],
    [4, 2.776],
    [10, 2.228],
    [20, 2.086],
    [30, 2.042],
    [31, 2.04],
    [40, 2.021],
    [60, 2.0],
    [100, 1.984],
  ];
  for (const [df, expected] of table) t.ok(near(tQuantile975(df), expected, 0.004), `${df} degrees of freedom`);
  const falls = Array.from({ length: 200 }, (_, index) => tQuantile975(index + 1) > tQuantile975(index + 2));
  t.notOk(falls.includes(false), 'more degrees of freedom make it narrower');
});

t.test('the interval is the mean plus and minus t times s over the root of n', async (t) => {
  const [low, high] = confidenceInterval95([1, 2, 3, 4, 5]) ?? [];
  const half = (2.776 * Math.sqrt(2.5)) / Math.sqrt(5);
  t.ok(near(low, 3 - half, 1e-12));
  t.ok(near(high, 3 + half, 1e-12));
});

t.test('two values have no interval, and none reaches below zero', async (t) => {
  t.equal(confidenceInterval95([82.1, 83]), undefined);
  const [low, high] = confidenceInterval95([1, 5, 9]) ?? [];
  t.equal(low, 0);
  t.ok(near(high, 5 + (4.303 * 4) / Math.sqrt(3), 1e-9), 'its upper end tells the half-width');
});

t.test('about 95 of 100 intervals hold the true mean', async (t) => {
  const random = seededRandom(7);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const samples = 4000;
  let held = 0;
  for (let sample = 0; sample < samples; sample += 1) {
    const [low = 0, high = 0] = confidenceInterval95(Array.from({ length: 3 }, () => 50 + 4 * normal())) ?? [];
    if (low <= 50 && 50 <= high) held += 1;
  }
  t.ok(near(held / samples, 0.95, 0.012), `${held} of ${samples}`);
});

t.test('quantiles are those of R, type 7', async (t) => {
  t.equal(quantile([1, 2, 3, 4], 0.25), 1.75);
  t.equal(quantile([4, 1, 3, 2], 0.5), 2.5);
  t.ok(near(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.95), 9.55, 1e-12));
  t.equal(quantile([8], 0.99), 8);
  t.equal(quantile([3, 9, 5], 0), 3);
  t.equal(quantile([3, 9, 5], 1), 9);
});

t.test('quantiles do not depend on order, grow with q and leave the sample alone', async (t) => {
  for (const seed of seeds) {
    const random = seededRandom(seed);
    const values = Array.from({ length: 1 + Math.floor(random() * 40) }, () => Math.round(random() * 1000) / 10);
    const kept = [...values];
    const q = random();
    const value = quantile(values, q);
    t.same(values, kept);
    t.equal(value, quantile(values.toReversed(), q), `seed ${seed}`);
    t.ok((value ?? Number.NaN) <= (quantile(values, Math.min(1, q + 0.1)) ?? Number.NaN));
    const within = values.filter((one) => one <= (value ?? Number.NaN)).length / values.length;
    t.ok(within >= q - 1 / values.length, 'at least that share of the sample is not above it');
  }
});
