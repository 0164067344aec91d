import t from 'tap';
import { SkipTally } from '../../src/metrics/skip-tally.js';

const at = new Date('2026-11-21T03:00:00.000Z');

t.test('counts each reason of each schedule by itself, from 0', async (t) => {
  const tally = new SkipTally();
  tally.onSkip('a', { reason: 'paused', count: 1, at });
  tally.onSkip('a', { reason: 'paused', count: 1, at });
  tally.onSkip('b', { reason: 'queue_full', count: 1, at });
  tally.onSkip('b', { reason: 'late', count: 16, at });
  t.equal(tally.count('a', 'paused'), 2);
  t.equal(tally.count('a', 'queue_full'), 0);
  t.equal(tally.count('b', 'queue_full'), 1);
  t.equal(tally.count('b', 'late'), 16, 'runs that went by in a row count each');
});

t.test('tells when each reason was given last', async (t) => {
  const tally = new SkipTally();
  t.equal(tally.lastAtMs('a', 'gpu_busy'), undefined);
  tally.onSkip('a', { reason: 'gpu_busy', count: 1, at: new Date(1000) });
  tally.onSkip('a', { reason: 'gpu_busy', count: 1, at: new Date(2000) });
  tally.onSkip('a', { reason: 'late', count: 1, at: new Date(3000) });
  t.equal(tally.lastAtMs('a', 'gpu_busy'), 2000);
});
