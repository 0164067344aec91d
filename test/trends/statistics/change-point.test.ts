import t from 'tap';
import { absoluteDeviation, changePoint } from '../../../src/trends/statistics/change-point.js';
import { normalNoise } from '../../fixtures/history-noise.js';

t.test('finds where the level changes', async (t) => {
  t.match(changePoint([10, 11, 10, 11, 10, 5, 4, 5]), { index: 5, deviation: 3 });
});

t.test('finds a step of four standard deviations within one value, nine times in ten', async (t) => {
  let close = 0;
  for (let seed = 1; seed <= 200; seed += 1) {
    const noise = normalNoise(seed);
    const values = Array.from({ length: 24 }, (_, index) => (index < 20 ? 100 : 88) + 3 * noise());
    if (Math.abs((changePoint(values)?.index ?? 0) - 20) <= 1) close += 1;
  }
  t.ok(close >= 180, `${close} of 200`);
});

t.test('one wild value is no change of level', async (t) => {
  t.equal(changePoint([10, 11, 1, 11, 10, 10, 11, 20, 21, 20, 21])?.index, 7);
});

t.test('does not look before the earliest place', async (t) => {
  t.equal(changePoint([10, 10, 5, 5, 5, 5, 2, 2], 4)?.index, 6);
  t.equal(changePoint([10, 10, 5, 5, 5, 5, 5], 4)?.index, 4, 'of equal splits the earliest');
});

t.test('there is no change in one value or none', async (t) => {
  t.equal(changePoint([]), undefined);
  t.equal(changePoint([1]), undefined);
  t.equal(changePoint([1, 2, 3], 3), undefined);
});

t.test('equal values may be split anywhere: the first place is taken', async (t) => {
  t.strictSame(changePoint([5, 5, 5, 5]), { index: 1, deviation: 0 });
});

t.test('deviations are taken from the median', async (t) => {
  t.equal(absoluteDeviation([1, 2, 30]), 29);
  t.equal(absoluteDeviation([]), 0);
});
