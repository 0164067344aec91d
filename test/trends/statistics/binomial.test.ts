import t from 'tap';
import { binomialTail } from '../../../src/trends/statistics/binomial.js';

t.test('as the tables have it', async (t) => {
  t.equal(binomialTail(0, 5, 0.3), 1);
  t.ok(Math.abs(binomialTail(4, 4, 0.25) - 0.25 ** 4) < 1e-12);
  t.ok(Math.abs(binomialTail(8, 10, 0.5) - 56 / 1024) < 1e-12);
  t.ok(Math.abs(binomialTail(2, 20, 0.1) - 0.608253) < 1e-6);
});
