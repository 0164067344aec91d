import t from 'tap';
import { endedJob, type Job, pendingJob, startedJob } from '../../src/jobs/job.js';
import { ScheduleRuns } from '../../src/metrics/schedule-runs.js';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 21, 3, minute));

function job(minute: number, end: Parameters<typeof endedJob>[1], trigger = 'schedule:nightly'): Job {
  const pending = pendingJob('0000000a', { mode: 'quick', trigger }, at(0));
  return endedJob(startedJob(pending, at(0)), end, at(minute));
}

const done = { status: 'done', runId: '2026-11-21_14-30-45.123_a3f1c820' } as const;
const failed = { status: 'error', error: 'timeout' } as const;

t.test('the last end of a job of the schedule counts, also where the clock was ahead at one before', async (t) => {
  const runs = new ScheduleRuns([job(9, failed), job(59, done)]);
  t.equal(runs.endedAtMs('nightly'), at(9).getTime(), 'those of before the start come newest first');
  runs.onEnd(job(12, done));
  t.equal(runs.endedAtMs('nightly'), at(12).getTime());
  runs.onEnd(job(7, done));
  t.equal(runs.endedAtMs('nightly'), at(7).getTime());
});

t.test('jobs that measured nothing, or that nobody scheduled, do not count', async (t) => {
  const pending = pendingJob('0000000b', { mode: 'quick', trigger: 'schedule:nightly' }, at(0));
  const runs = new ScheduleRuns([job(5, { status: 'cancelled' }), job(6, done, 'api'), pending]);
  t.equal(runs.endedAtMs('nightly'), undefined);
  t.equal(runs.endedAtMs('api'), undefined);
});
