import t from 'tap';
import { holm } from '../../../src/trends/statistics/holm.js';

t.test('the smallest is multiplied by the number of tests, the next by one less, in the order given', async (t) => {
  t.same(holm([0.25, 0.01, 0.03]), [0.25, 0.03, 0.06]);
});

t.test('a larger p-value never becomes smaller than a smaller one, and none exceeds 1', async (t) => {
  t.same(holm([0.02, 0.021, 0.5]), [0.06, 0.06, 0.5]);
  t.same(holm([0.9, 0.8]), [1, 1]);
  t.same(holm([]), []);
});
