import t from 'tap';
import { backOffMs } from '../../src/shared/back-off.js';

t.test('waits twice as long after each failure, up to the longest', async (t) => {
  const waits = [1, 2, 3, 5, 6, 2000].map((failures) => backOffMs(failures, { firstMs: 500, longestMs: 10_000 }));
  t.same(waits, [500, 1000, 2000, 8000, 10_000, 10_000]);
});
