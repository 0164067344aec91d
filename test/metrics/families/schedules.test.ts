import t from 'tap';
import { endedJob, pendingJob, startedJob } from '../../../src/jobs/job.js';
import type { ScheduleState } from '../../../src/jobs/schedule.js';
import { ScheduleRuns } from '../../../src/metrics/schedule-runs.js';
import { schedule } from '../../fixtures/api-bench.js';
import { jobBench } from '../../fixtures/job-bench.js';
import { metricsBench } from '../../fixtures/metrics-bench.js';

function state(fields: Partial<ScheduleState> = {}): ScheduleState {
  const nextRun = new Date('2026-11-22T03:00:00.000Z');
  return { schedule, paused: false, nextRun, lastRun: undefined, lastSkip: undefined, ...fields };
}

t.test('a schedule tells when it is due next, unless it is paused', async (t) => {
  const paused = state({ schedule: { ...schedule, name: 'off' }, paused: true, nextRun: undefined });
  const { read } = metricsBench(t, { schedules: [state(), paused] });
  t.match(await read('typhon_schedule_next_run_timestamp_seconds'), [
    { labels: { schedule: 'nightly' }, value: Date.parse('2026-11-22T03:00:00Z') / 1000 },
  ]);
  t.match(await read('typhon_schedule_paused'), [
    { labels: { schedule: 'nightly' }, value: 0 },
    { labels: { schedule: 'off' }, value: 1 },
  ]);
});

t.test('a schedule tells how far apart its runs are, and when one ended last, over a restart too', async (t) => {
  const before = metricsBench(t, { schedules: [state()] });
  t.match(await before.read('typhon_schedule_interval_seconds'), [{ labels: { schedule: 'nightly' }, value: 86_400 }]);
  t.same(await before.read('typhon_schedule_last_run_timestamp_seconds'), [], 'none has run yet');
  const now = new Date('2026-11-21T03:00:00.000Z');
  const end = new Date('2026-11-21T03:02:00.000Z');
  const job = startedJob(pendingJob('0000000a', { mode: 'quick', trigger: 'schedule:nightly' }, now), now);
  await before.store.put(job);
  await before.store.put(endedJob(job, { status: 'error', error: 'timeout' }, end));
  t.equal(await before.value('typhon_schedule_last_run_timestamp_seconds'), end.getTime() / 1000);
  const after = jobBench(t, { root: before.paths.root });
  await after.store.restore(after.logger, new Date());
  const runs = new ScheduleRuns(after.store.page({ limit: 10 }));
  t.equal(runs.endedAtMs('nightly'), end.getTime());
});

t.test('skips are counted by schedule and reason, every reason from 0', async (t) => {
  const { read, metrics } = metricsBench(t, { schedules: [state()] });
  const at = new Date('2026-11-21T03:00:00.000Z');
  const skips = async () =>
    Object.fromEntries(
      (await read('typhon_schedule_skipped_total')).map(({ labels, value }) => [labels['reason'], value]),
    );
  const none = {
    server_busy: 0,
    gpu_busy: 0,
    server_asleep: 0,
    model_not_loaded: 0,
    paused: 0,
    still_waiting: 0,
    queue_full: 0,
    late: 0,
  };
  t.same(await skips(), none);
  for (const reason of ['gpu_busy', 'gpu_busy', 'paused'] as const) metrics.onSkip('nightly', { reason, count: 1, at });
  metrics.onSkip('gone', { reason: 'paused', count: 1, at });
  const times = await read('typhon_schedule_last_skip_timestamp_seconds');
  t.same(
    times.map(({ labels, value }) => [labels['reason'], value]),
    [
      ['gpu_busy', at.getTime() / 1000],
      ['paused', at.getTime() / 1000],
    ],
  );
  t.same(await skips(), { ...none, gpu_busy: 2, paused: 1 });
});
