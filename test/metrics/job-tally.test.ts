import t from 'tap';
import type { BenchmarkMode } from '../../src/benchmark/plan.js';
import { type ActiveJob, endedJob, type Job, type JobEnd, pendingJob, startedJob } from '../../src/jobs/job.js';
import { JobTally } from '../../src/metrics/job-tally.js';

const STARTED = new Date('2026-11-21T14:00:00.000Z');

function tallied(active: ActiveJob[] = []) {
  const listeners = new Set<(job: Job) => void>();
  const world: { schedules: { name: string; mode: BenchmarkMode }[] } = { schedules: [{ name: 'a', mode: 'quick' }] };
  const store = {
    active: () => active,
    paused: () => [],
    subscribe: (listener: (job: Job) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const tally = new JobTally(store, () => world.schedules);
  const tell = (job: Job) => {
    for (const listener of listeners) listener(job);
  };
  const counted = () =>
    tally
      .counts()
      .filter(({ ended }) => ended > 0)
      .map(({ mode, trigger, ended, failed, cancelled }) => `${mode} ${trigger} ${ended} ${failed} ${cancelled}`);
  return { tally, tell, counted, world, listeners };
}

function running(jobId: string, trigger = 'api') {
  return startedJob(pendingJob(jobId, { mode: 'quick', trigger }, STARTED), STARTED);
}

function ended(jobId: string, end: JobEnd, trigger?: string, seconds = 60) {
  return endedJob(running(jobId, trigger), end, new Date(STARTED.getTime() + seconds * 1000));
}

t.test('a job counts once, by how it ended', async (t) => {
  const { tell, counted } = tallied();
  const ends: JobEnd[] = [
    { status: 'done', runId: 'r' },
    { status: 'error', error: 'timeout' },
    { status: 'interrupted', reason: 'the agent ended' },
    { status: 'cancelled' },
  ];
  for (const [index, end] of ends.entries()) {
    const id = `0000000${index}`;
    tell(running(id));
    tell(ended(id, end));
    tell({ ...ended(id, end), preserved: true });
  }
  t.same(counted(), ['quick api 4 2 1']);
});

t.test('what had ended before the agent started is not counted, what was active is', async (t) => {
  const { tell, counted } = tallied([running('00000001')]);
  tell(ended('00000009', { status: 'done', runId: 'r' }));
  t.same(counted(), []);
  tell(ended('00000001', { status: 'interrupted', reason: 'the agent ended' }));
  t.same(counted(), ['quick api 1 1 0']);
});

t.test('triggers are bounded: a schedule that is gone adds no value', async (t) => {
  const { tell, counted, world } = tallied();
  for (const [index, trigger] of ['schedule:a', 'schedule:gone', 'anything'].entries()) {
    tell(running(`0000000${index}`, trigger));
    tell(ended(`0000000${index}`, { status: 'cancelled' }, trigger));
  }
  t.same(counted(), ['quick schedule:a 1 0 1', 'quick other 2 0 2']);
  world.schedules = [];
  t.same(counted(), ['quick other 2 0 2']);
});

t.test('durations are told of jobs that ran to an end', async (t) => {
  const { tally, tell } = tallied();
  const told: unknown[] = [];
  tally.onDuration((mode, seconds) => told.push([mode, seconds]));
  const lived = (id: string, end: JobEnd, seconds: number) => {
    tell(running(id));
    tell(ended(id, end, 'api', seconds));
  };
  lived('00000001', { status: 'done', runId: 'r' }, 90);
  lived('00000002', { status: 'error', error: 'timeout' }, 5);
  lived('00000003', { status: 'cancelled' }, 7);
  lived('00000004', { status: 'done', runId: 'r' }, -3600);
  const neverStarted = pendingJob('00000005', { mode: 'full', trigger: 'api' }, STARTED);
  tell(neverStarted);
  tell(endedJob(neverStarted, { status: 'error', error: 'disk full' }, STARTED));
  t.same(told, [
    ['quick', 90],
    ['quick', 5],
  ]);
});

t.test('after closing it follows nobody', async (t) => {
  const { tally, listeners } = tallied();
  tally.close();
  t.equal(listeners.size, 0);
});
