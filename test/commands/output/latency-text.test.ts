import t from 'tap';
import { latencyText } from '../../../src/commands/output/latency-text.js';

t.test('three digits or so, in the unit that fits', async (t) => {
  t.same([0.0042, 0.118, 1.42, 12.34].map(latencyText), ['4.2 ms', '118 ms', '1.42 s', '12.3 s']);
});
