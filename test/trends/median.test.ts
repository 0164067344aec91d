import t from 'tap';
import { median, medianAbsoluteDeviation, middleOf } from '../../src/trends/median.js';

t.test('the median is the middle value, or the mean of the two', async (t) => {
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 3, 2]), 2.5);
  t.equal(median([7]), 7);
  t.equal(median([]), undefined);
  t.equal(median([10, 9, 100]), 10, 'by size, not by text');
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
