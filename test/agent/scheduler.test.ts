import { join } from 'node:path';
import { mock } from 'node:test';
import { pino } from 'pino';
import t from 'tap';
import { openScheduler } from '../../src/agent/scheduler.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { configSchema } from '../../src/config/schema.js';
import { type JobRequest, pendingJob } from '../../src/jobs/job.js';
import type { Skip } from '../../src/jobs/schedule.js';

const MINUTE_MS = 60_000;

t.test('a clock that is set a month ahead is noticed before the schedules go through that month', async (t) => {
  const paths = storagePaths(join(t.testdir({}), 'data'));
  await checkStorage(paths);
  const config = configSchema.parse({ schedules: [{ name: 'minutely', cron: '* * * * *', when_busy: 'run' }] });
  const asked: JobRequest[] = [];
  const skips: Skip[] = [];
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: new Date('2026-11-21T01:45:10Z') });
  const queue = {
    running: undefined,
    schedulesChanged: () => undefined,
    submit: async (request: JobRequest) => {
      asked.push(request);
      return pendingJob('a3f1c820', request, new Date());
    },
  };
  const scheduler = await openScheduler({
    config: () => config,
    paths,
    engine: { queue, sampler: {} } as unknown as Parameters<typeof openScheduler>[0]['engine'],
    now: () => new Date(),
    random: () => 0,
    logger: pino({ level: 'silent' }),
    onSkip: (_name, skip) => void skips.push(skip),
  });
  t.teardown(() => mock.timers.reset());
  await scheduler.start();
  mock.timers.setTime(Date.parse('2026-12-21T01:45:20Z'));
  const pass = async (ms: number) => {
    mock.timers.tick(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  await pass(49_000);
  t.match(skips, [{ reason: 'late', count: 1000 }]);
  t.equal(asked.length, 1, 'the one that is due now');
  await pass(MINUTE_MS);
  t.equal(asked.length, 2);
  t.equal(skips.length, 1);
  await scheduler.close();
});
