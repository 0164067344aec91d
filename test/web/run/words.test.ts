import t from 'tap';
import { estimateWords, restWords } from '../../../src/web/run/estimate.js';
import { progressWords } from '../../../src/web/run/progress-words.js';
import { runningJob, waitingJob } from '../../fixtures/page-jobs.js';

t.test('is told with what repeats may add', async (t) => {
  const bounds = { quick: 60, full: 300 };
  t.equal(
    estimateWords({ ms: 125_000, models: 1 }, 'quick', bounds),
    'Takes about 2 minutes; tests that vary are repeated for 60 s at most.',
  );
  t.equal(
    estimateWords({ ms: undefined, models: 1 }, 'full', bounds),
    'How long it takes shows after the first one; tests that vary are repeated for 300 s at most.',
  );
  t.equal(estimateWords({ ms: 125_000, models: 1 }, 'quick', { ...bounds, quick: 0 }), 'Takes about 2 minutes.');
  t.equal(estimateWords({ ms: 125_000, models: 1 }, 'zeus', bounds), 'Takes about 2 minutes.', 'its tests run once');
  t.equal(
    estimateWords({ ms: undefined, models: 1 }, 'quick', undefined),
    'How long it takes shows after the first one.',
  );
});

t.test('of several models the whole is told', async (t) => {
  const bounds = { quick: 60, full: 300 };
  t.equal(
    estimateWords({ ms: 560_000, models: 3 }, 'quick', bounds),
    '3 models, one after the other: about 9 minutes in all, loading included; tests that vary are repeated for 60 s each at most.',
  );
  t.equal(
    estimateWords({ ms: undefined, models: 3 }, 'zeus', bounds),
    '3 models, one after the other: how long it takes shows after the first one.',
  );
});

t.test('what comes after the running job is told with how long it takes', async (t) => {
  t.equal(restWords(125_000, ['b', 'c']), 'then b, c: about 2 minutes more');
  t.equal(restWords(undefined, ['b']), 'then b');
  t.equal(restWords(125_000, ['b', 'c', 'd', 'e']), 'then 4 models: about 2 minutes more');
  t.equal(restWords(undefined, []), undefined);
});

t.test('counts the test under way', async (t) => {
  const words = (done: number, total: number | null, test: string | null) =>
    progressWords(runningJob('a3f1c820', { done, total, current_test: test }));
  t.equal(words(2, 7, 'Context sweep — 8,192 tokens'), '3/7 Context sweep — 8,192 tokens');
  const progress = { done: 2, total: 7, current_test: 'Baseline', extra_run: 4, precision: 0.03 };
  t.equal(progressWords(runningJob('a3f1c820', progress)), '3/7 Baseline, run 4 (extra, until ±3 %)');
  t.equal(words(0, null, null), 'Preparing');
  t.equal(words(3, 7, null), '3/7');
  t.equal(words(7, 7, null), '7/7 Finishing');
  t.equal(progressWords(waitingJob()), 'Waiting for its turn');
  const gives_way = { schedule: 'nightly', due_at: '2026-11-28T12:20:00.000Z', until: '2026-11-28T12:32:00.000Z' };
  t.match(
    progressWords({ ...waitingJob(), gives_way }),
    /^Waiting until the run of schedule nightly is over, due .*20/,
  );
});
