import t from 'tap';
import { added, divided, multiplied, subtracted } from '../../src/hardware/unknown-number.js';

t.test('known numbers are reckoned with', async (t) => {
  t.same([added(2, 3), subtracted(2, 3), multiplied(2, 3), divided(95, 100)], [5, -1, 6, 0.95]);
  t.same([added(0, 0), multiplied(0, 5), divided(0, 5)], [0, 0, 0]);
});

t.test('an unknown number makes the result unknown', async (t) => {
  const results = [
    added(undefined, 3),
    added(2, undefined),
    subtracted(undefined, 3),
    subtracted(2, undefined),
    multiplied(undefined, 3),
    divided(undefined, 3),
  ];
  t.same(results, Array(6).fill(undefined));
});
