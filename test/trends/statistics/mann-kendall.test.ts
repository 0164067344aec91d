import t from 'tap';
import { mannKendall } from '../../../src/trends/statistics/mann-kendall.js';
import { pairwiseSlopes, type Stretch, theilSenSlope } from '../../../src/trends/statistics/theil-sen.js';
import { type NoiseShape, noiseOf } from '../../fixtures/history-noise.js';

function stretch(values: readonly number[]): Stretch {
  return values.map((y, x) => ({ x, y }));
}

t.test('ten rising values: S, variance and p as computed by hand', async (t) => {
  const { s, variance, pValue } = mannKendall([stretch([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])]);
  t.equal(s, 45);
  t.equal(variance, 125);
  // z = 44 / √125 = 3.9355
  t.ok(Math.abs(pValue - 8.303e-5) < 1e-7, `${pValue}`);
});

t.test('ties make the variance smaller', async (t) => {
  const { s, variance } = mannKendall([stretch([1, 2, 2, 3])]);
  t.equal(s, 5);
  t.equal(variance, (4 * 3 * 13 - 2 * 1 * 9) / 18);
});

t.test('equal values have no trend', async (t) => {
  t.match(mannKendall([stretch([5, 5, 5, 5, 5])]), { s: 0, variance: 0, pValue: 1 });
  t.equal(mannKendall([]).pValue, 1);
});

t.test('stretches are added up', async (t) => {
  const rising = stretch([1, 2, 3, 4, 5, 6]);
  const one = mannKendall([rising]);
  const both = mannKendall([rising, rising.map(({ x, y }) => ({ x: x + 6, y: y - 100 }))]);
  t.equal(both.s, 2 * one.s);
  t.equal(both.variance, 2 * one.variance);
  t.ok(both.pValue < one.pValue);
});

function alarms(shape: NoiseShape, series: number): number {
  let count = 0;
  for (let seed = 1; seed <= series; seed += 1) {
    const noise = noiseOf(shape, seed);
    const points = stretch(Array.from({ length: 60 }, () => noise()));
    const slope = theilSenSlope(pairwiseSlopes([points])) ?? 0;
    const residuals = points.map(({ x, y }) => y - slope * x);
    if (mannKendall([points], () => residuals).pValue <= 0.05) count += 1;
  }
  return count;
}

t.test('noise is taken for a trend about as often as the p-value says', async (t) => {
  const count = alarms('normal', 400);
  t.ok(count >= 5 && count <= 32, `${count} of 400 at 5 %`);
});

t.test('noise whose neighbours resemble each other is no trend either', async (t) => {
  const count = alarms('correlated', 400);
  // Without the correction some 100 of them are.
  t.ok(count <= 48, `${count} of 400 at 5 %`);
});
