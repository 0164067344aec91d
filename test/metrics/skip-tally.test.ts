import t from 'tap';
import { SkipTally } from '../../src/metrics/skip-tally.js';

t.test('counts each reason of each schedule by itself, from 0', async (t) => {
  const tally = new SkipTally();
  tally.onSkip('a', { reason: 'paused', count: 1 });
  tally.onSkip('a', { reason: 'paused', count: 1 });
  tally.onSkip('b', { reason: 'queue_full', count: 1 });
  tally.onSkip('b', { reason: 'late', count: 16 });
  t.equal(tally.count('a', 'paused'), 2);
  t.equal(tally.count('a', 'queue_full'), 0);
  t.equal(tally.count('b', 'queue_full'), 1);
  t.equal(tally.count('b', 'late'), 16, 'runs that went by in a row count each');
});
