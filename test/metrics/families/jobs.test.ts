import t from 'tap';
import { DONE } from '../../fixtures/job-bench.js';
import { metricsBench, noSettings } from '../../fixtures/metrics-bench.js';
import { readMetrics } from '../../fixtures/metrics-text.js';

const nightly = { name: 'nightly', mode: 'full', cron: '0 3 * * *', timezone: 'UTC', targets: 'all' } as const;

t.test('every known mode and trigger stands at 0 before the first job', async (t) => {
  const { read } = metricsBench(t, { settings: { ...noSettings, schedules: [nightly] } });
  for (const name of ['typhon_jobs_total', 'typhon_jobs_failed_total', 'typhon_jobs_cancelled_total']) {
    const samples = await read(name);
    t.same(samples.map(({ labels, value }) => `${labels['mode']} ${labels['trigger']} ${value}`).sort(), [
      'full api 0',
      'full cli 0',
      'full schedule:nightly 0',
      'quick api 0',
      'quick cli 0',
      'zeus api 0',
      'zeus cli 0',
    ]);
  }
  const durations = (await read('typhon_job_duration_seconds')).filter(({ name }) => name.endsWith('_count'));
  t.same(
    durations.map(({ labels, value }) => [labels['mode'], value]),
    [
      ['quick', 0],
      ['full', 0],
      ['zeus', 0],
    ],
  );
});

t.test('jobs are told of while they wait, run and end', async (t) => {
  const { queue, begin, value, read, store, world } = metricsBench(t);
  t.equal(await value('typhon_jobs_running'), 0);
  t.same(await read('typhon_job_progress_ratio'), []);
  t.same(await read('typhon_job_waiting_seconds'), []);
  const ended = new Promise<void>((resolve) => {
    store.subscribe((job) => {
      if (job.status === 'done') resolve();
    });
  });
  await queue.submit({ mode: 'quick', trigger: 'api' }, 'queue');
  await queue.submit({ mode: 'quick', trigger: 'api' }, 'queue');
  const first = await begin(0);
  t.equal(await value('typhon_jobs_running'), 1);
  t.equal(await value('typhon_jobs_queued'), 1);
  world.lockWait = { holder: 'benchmark 00000000', seconds: 12.5 };
  t.equal(await value('typhon_job_waiting_seconds'), 12.5);
  world.lockWait = undefined;
  t.equal(await value('typhon_job_waiting_seconds'), 0);
  t.same(await read('typhon_job_progress_ratio'), [], 'the plan is not known yet');
  first.work.progress({ done: 3, total: 12, current_test: null });
  t.equal(await value('typhon_job_progress_ratio'), 0.25);
  first.end(DONE);
  await ended;
  const second = await begin(1);
  t.equal(await value('typhon_jobs_queued'), 0);
  const cancelled = new Promise<void>((resolve) => {
    store.subscribe((job) => {
      if (job.status === 'cancelled') resolve();
    });
  });
  second.end({ status: 'cancelled' });
  await cancelled;
  await queue.stop('the test ends');
  t.equal(await value('typhon_jobs_running'), 0);
  const counts = await read('typhon_jobs_total');
  t.equal(counts.find(({ labels: { mode, trigger } }) => mode === 'quick' && trigger === 'api')?.value, 2);
  const counted = await read('typhon_jobs_cancelled_total');
  t.equal(
    counted.reduce((sum, sample) => sum + sample.value, 0),
    1,
  );
});

t.test('durations of jobs fill the buckets', async (t) => {
  const { queue, begin, metrics, store } = metricsBench(t);
  const ended = new Promise<void>((resolve) => {
    store.subscribe((job) => {
      if (job.status === 'error') resolve();
    });
  });
  await queue.submit({ mode: 'zeus', trigger: 'cli' }, 'queue');
  (await begin(0)).end({ status: 'error', error: 'timeout' });
  await ended;
  const { body } = await metrics.scrape('application/openmetrics-text');
  const parts = readMetrics(body, 'openmetrics').get('typhon_job_duration_seconds')?.samples ?? [];
  const zeus = parts.filter(({ labels }) => labels['mode'] === 'zeus');
  t.match(
    zeus.filter(({ name }) => name.endsWith('_bucket')).map(({ labels, value }) => [labels['le'], value]),
    [
      ['5.0', 1],
      ['10.0', 1],
    ],
  );
  t.equal(zeus.find(({ name }) => name.endsWith('_count'))?.value, 1);
});
