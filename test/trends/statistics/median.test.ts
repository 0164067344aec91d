import t from 'tap';
import { median, medianAbsoluteDeviation, middleOf } from '../../../src/trends/statistics/median.js';
import { seededRandom } from '../../fixtures/seeded-random.js';

t.test('the median is the middle value, or the mean of the two', async (t) => {
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 3, 2]), 2.5);
  t.equal(median([7]), 7);
  t.equal(median([]), undefined);
  t.equal(median([10, 9, 100]), 10, 'by size, not by text');
});

t.test('many values or few, shuffled: half lie on either side', async (t) => {
  for (const size of [2, 3, 20, 63, 64, 65, 200]) {
    const random = seededRandom(size);
    const values = Array.from({ length: size }, () => random());
    const sorted = values.toSorted((a, b) => a - b);
    const [low = 0, high = 0] = [sorted[Math.ceil(size / 2) - 1], sorted[Math.floor(size / 2)]];
    t.ok(Math.abs((median(values) ?? 0) - (low + high) / 2) < 1e-15, `${size}`);
  }
});

t.test('the median leaves its input as it was', async (t) => {
  const values = [3, 1, 2];
  median(values);
  t.strictSame(values, [3, 1, 2]);
});

t.test('the middle of sorted values needs no sorting', async (t) => {
  t.equal(middleOf(Float64Array.of(1, 2, 9)), 2);
  t.equal(middleOf(new Float64Array()), undefined);
});

t.test('the median absolute deviation ignores how far single values lie off', async (t) => {
  t.equal(medianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9]), 1);
  t.equal(medianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9000]), 1);
  t.equal(medianAbsoluteDeviation([5, 5, 5, 5]), 0);
  t.equal(medianAbsoluteDeviation([]), undefined);
});
