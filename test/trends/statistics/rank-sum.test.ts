import t from 'tap';
import { rankSumTest, tieSum } from '../../../src/trends/statistics/rank-sum.js';
import { seededRandom } from '../../fixtures/seeded-random.js';

/** P(U ≤ u) by trying every way to pick the sample from all values: slow and plain. */
function enumeratedTail(sample: readonly number[], reference: readonly number[]): number {
  const all = [...sample, ...reference];
  const uOf = (picked: readonly number[], others: readonly number[]): number =>
    picked.reduce((sum, x) => sum + others.reduce((count, y) => count + (Math.sign(x - y) + 1) / 2, 0), 0);
  const observed = uOf(sample, reference);
  let [within, total] = [0, 0];
  for (let mask = 0; mask < 2 ** all.length; mask += 1) {
    const picked = all.filter((_, index) => (mask >> index) % 2 === 1);
    if (picked.length !== sample.length) continue;
    total += 1;
    const others = all.filter((_, index) => (mask >> index) % 2 === 0);
    if (uOf(picked, others) <= observed) within += 1;
  }
  return within / total;
}

t.test('is exact: as many arrangements lie so far as trying all of them finds', async (t) => {
  const random = seededRandom(1);
  for (let round = 0; round < 30; round += 1) {
    // Few distinct values: many ties.
    const draw = (count: number): number[] => Array.from({ length: count }, () => Math.floor(random() * (3 + round)));
    const [sample, reference] = [draw(1 + (round % 4)), draw(3 + (round % 6))];
    const { pValue, method } = rankSumTest(sample, reference, 'lower');
    t.equal(method, 'exact');
    t.ok(Math.abs(pValue - enumeratedTail(sample, reference)) < 1e-12, `${sample} against ${reference}: ${pValue}`);
  }
});

t.test('a sample below everything has the one arrangement of all', async (t) => {
  const reference = Array.from({ length: 20 }, (_, index) => 100 + index);
  t.match(rankSumTest([1, 2, 3, 4], reference, 'lower'), { u: 0, pValue: 1 / 10_626 });
  t.equal(rankSumTest([1, 2, 3, 4], reference, 'higher').pValue, 1);
  t.equal(rankSumTest([201, 202, 203, 204], reference, 'higher').pValue, 1 / 10_626);
});

t.test('equal values tell nothing', async (t) => {
  t.equal(rankSumTest([5, 5, 5], [5, 5, 5, 5], 'lower').pValue, 1);
  const many = new Array<number>(50).fill(5);
  t.match(rankSumTest(many, many, 'lower'), { pValue: 1, method: 'normal' });
});

t.test('nothing to compare tells nothing', async (t) => {
  t.equal(rankSumTest([], [1, 2, 3], 'lower').pValue, 1);
  t.equal(rankSumTest([1, 2, 3], [], 'lower').pValue, 1);
});

t.test('the approximation of large samples continues the exact test', async (t) => {
  const random = seededRandom(7);
  const reference = Array.from({ length: 40 }, () => Math.round(random() * 40));
  for (const shift of [0, 4, 8, 12]) {
    const sample = Array.from({ length: 20 }, () => Math.round(random() * 40) - shift);
    const exact = rankSumTest(sample, reference, 'lower');
    const approximate = rankSumTest(sample, [...reference, 20], 'lower');
    t.strictSame([exact.method, approximate.method], ['exact', 'normal']);
    t.ok(Math.abs(Math.log(approximate.pValue / exact.pValue)) < 0.35, `${exact.pValue}, ${approximate.pValue}`);
  }
});

t.test('the approximation is the textbook one', async (t) => {
  const even = Array.from({ length: 30 }, (_, index) => 2 * index + 2);
  const odd = Array.from({ length: 31 }, (_, index) => 2 * index + 1);
  // U = 465 is the mean; z = 0.5 / √(30 · 31 · 62 / 12) = 0.00721
  const { u, pValue } = rankSumTest(even, odd, 'lower');
  t.equal(u, 465);
  t.ok(Math.abs(pValue - 0.50288) < 1e-5, `${pValue}`);
});

t.test('ties are counted by groups', async (t) => {
  const pairs = (size: number): number => (size * (size - 1)) / 2;
  t.equal(tieSum([1, 1, 2, 3, 3, 3], pairs), 1 + 3);
  t.equal(tieSum([], pairs), 0);
});
