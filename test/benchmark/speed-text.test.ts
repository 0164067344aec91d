import t from 'tap';
import { speed } from '../../src/benchmark/speed-text.js';

t.test('speeds have three digits, but never fewer than the whole ones', async (t) => {
  t.same([0.12, 9.994, 82.46, 310.2, 12_345.6].map(speed), ['0.12', '9.99', '82.5', '310', '12,346']);
});
