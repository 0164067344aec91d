import t from 'tap';
import { retryWaitMs } from '../../src/notifications/retry-wait.js';

t.test('doubles from 5 s up to 15 min', async (t) => {
  const waits = [1, 2, 3, 8, 9, 2000].map((failures) => retryWaitMs(failures, { random: () => 1 }));
  t.same(waits, [5000, 10_000, 20_000, 640_000, 900_000, 900_000]);
});

t.test('half of it is random', async (t) => {
  t.equal(retryWaitMs(2, { random: () => 0 }), 5000);
  t.equal(retryWaitMs(2, { random: () => 0.5 }), 7500);
});

t.test('waits as long as it was asked to, up to a day', async (t) => {
  t.equal(retryWaitMs(1, { random: () => 1, askedMs: 60_000 }), 60_000);
  t.equal(retryWaitMs(5, { random: () => 1, askedMs: 1000 }), 80_000, 'but not less than it would have');
  t.equal(retryWaitMs(1, { random: () => 1, askedMs: 999_999_999 }), 86_400_000);
});
