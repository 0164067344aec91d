import t from 'tap';
import { normalTail, normalTailQuantile } from '../../../src/trends/statistics/normal.js';

// From tables of the normal distribution.
const known = [
  { z: 0, p: 0.5 },
  { z: 1.644854, p: 0.05 },
  { z: 1.959964, p: 0.025 },
  { z: 3.090232, p: 0.001 },
  { z: 4.753424, p: 1e-6 },
  { z: -1.281552, p: 0.9 },
];

t.test('the tail agrees with tables to six digits, far out too', async (t) => {
  for (const { z, p } of known) t.ok(Math.abs(normalTail(z) / p - 1) < 3e-6, `z = ${z}: ${normalTail(z)}`);
});

t.test('the quantile is the inverse of the tail', async (t) => {
  for (const { z, p } of known) t.ok(Math.abs(normalTailQuantile(p) - z) < 1e-5, `p = ${p}: ${normalTailQuantile(p)}`);
});

t.test('what no double can tell from certainty stays finite', async (t) => {
  t.ok(Number.isFinite(normalTailQuantile(0)));
  t.ok(Number.isFinite(normalTailQuantile(1)));
});
