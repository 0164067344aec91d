import t from 'tap';
import { estimatedMs } from '../../../src/web/run/estimate.js';
import { finishedJob } from '../../fixtures/page-jobs.js';

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
