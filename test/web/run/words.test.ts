import t from 'tap';
import { estimatedMs, estimateWords } from '../../../src/web/run/estimate.js';
import { progressWords } from '../../../src/web/run/progress-words.js';
import { finishedJob, runningJob, waitingJob } from '../../fixtures/page-jobs.js';

t.test('is the median of the last five that were done', async (t) => {
  const jobs = [50, 52, 300, 48, 51, 9, 9, 9].map((seconds) => finishedJob(undefined, { tookMs: seconds * 1000 }));
  t.equal(estimatedMs(jobs, { mode: 'quick' }), 51_000);
  t.equal(estimatedMs(jobs, { mode: 'quick', target: 'local' }), 51_000);
});

t.test('is unknown before one of that mode and target was done', async (t) => {
  const jobs = [finishedJob(), finishedJob({ status: 'cancelled' })];
  t.equal(estimatedMs(jobs, { mode: 'full' }), undefined);
  t.equal(estimatedMs(jobs, { mode: 'quick', target: 'elsewhere' }), undefined);
  t.equal(estimatedMs([finishedJob({ status: 'error', error: 'timeout' })], { mode: 'quick' }), undefined);
});

t.test('is told with what repeats may add', async (t) => {
  const bounds = { quick: 60, full: 300 };
  t.equal(
    estimateWords(125_000, 'quick', bounds),
    'Takes about 2 minutes; tests that vary are repeated for 60 s at most.',
  );
  t.equal(
    estimateWords(undefined, 'full', bounds),
    'How long it takes shows after the first one; tests that vary are repeated for 300 s at most.',
  );
  t.equal(estimateWords(125_000, 'quick', { ...bounds, quick: 0 }), 'Takes about 2 minutes.');
  t.equal(estimateWords(125_000, 'zeus', bounds), 'Takes about 2 minutes.', 'its tests run once');
  t.equal(estimateWords(undefined, 'quick', undefined), 'How long it takes shows after the first one.');
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
});
