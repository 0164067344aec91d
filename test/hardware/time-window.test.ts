import t from 'tap';
import { longestGapMs } from '../../src/hardware/time-window.js';

t.test('the longest gap grows with the interval and leaves room for a restart', async (t) => {
  t.equal(longestGapMs(200), 2000);
  t.equal(longestGapMs(1000), 5000);
});
