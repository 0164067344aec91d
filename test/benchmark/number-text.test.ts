import t from 'tap';
import { grouped } from '../../src/benchmark/number-text.js';

t.test('thousands are set apart', async (t) => {
  t.same([0, 999, 1000, 32_768, 1_234_567.6, -12_345].map(grouped), [
    '0',
    '999',
    '1,000',
    '32,768',
    '1,234,568',
    '-12,345',
  ]);
});
