import t from 'tap';
import { SkipTally } from '../../src/metrics/skip-tally.js';

t.test('counts each reason of each schedule by itself, from 0', async (t) => {
  const tally = new SkipTally();
  tally.onSkip('a', { reason: 'paused' });
  tally.onSkip('a', { reason: 'paused' });
  tally.onSkip('b', { reason: 'queue_full' });
  t.equal(tally.count('a', 'paused'), 2);
  t.equal(tally.count('a', 'queue_full'), 0);
  t.equal(tally.count('b', 'queue_full'), 1);
});
