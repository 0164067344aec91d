import t from 'tap';
import { pendingJob } from '../../src/jobs/job.js';
import { inOrder, type NumberedJob } from '../../src/jobs/job-order.js';

const now = new Date('2026-11-21T12:00:00Z');

function job(id: string, createdAt: string, sequence?: number): NumberedJob {
  return { job: pendingJob(id, { mode: 'quick', trigger: 'api' }, new Date(createdAt)), sequence };
}

function ids(jobs: readonly NumberedJob[]): string {
  const forwards = inOrder(jobs, now).map(({ job_id }) => job_id);
  t.same(
    inOrder(jobs.toReversed(), now).map(({ job_id }) => job_id),
    forwards,
    'in whatever order they are found',
  );
  return forwards.join('');
}

t.test('numbered jobs follow their numbers, wherever the clock stood', async (t) => {
  t.equal(ids([job('a', '2026-11-01', 1), job('b', '2031-01-01', 2), job('c', '2026-11-02', 3)]), 'abc');
  t.equal(ids([job('a', '2026-11-01', 1), job('b', '1970-01-01', 2), job('c', '2026-11-02', 3)]), 'abc');
});

t.test('others stand between them by their time', async (t) => {
  const numbered = [job('a', '2026-11-01', 1), job('b', '2031-01-01', 2), job('c', '2026-11-05', 3)];
  t.equal(ids([...numbered, job('x', '2026-11-03')]), 'axbc', 'b cannot be from after c');
  t.equal(ids([...numbered, job('x', '2026-11-06')]), 'abcx');
  t.equal(ids([...numbered, job('x', '2026-10-06'), job('y', '2026-10-07')]), 'xyabc');
});

t.test('of a time that lies ahead nothing is believed, but that others are newer', async (t) => {
  t.equal(ids([job('a', '2026-11-01', 1), job('x', '2031-01-01')]), 'xa');
  t.equal(ids([job('x', '2031-01-01'), job('y', '2026-11-02')]), 'xy');
});
