import { mock } from 'node:test';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { type Job, type JobRequest, pendingJob } from '../../src/jobs/job.js';
import { JobError } from '../../src/jobs/job-error.js';
import type { SkippedJob } from '../../src/jobs/job-skip.js';
import { type ConfiguredSchedule, Schedules, type SchedulesOptions, type Skip } from '../../src/jobs/schedule.js';

const MINUTE = 60_000;

const base: ConfiguredSchedule = {
  name: 'nightly',
  cron: '30 2 * * *',
  timezone: 'UTC',
  mode: 'quick',
  targets: 'all',
  jitterMs: 0,
  whenBusy: 'skip',
};

interface Bench {
  readonly schedules: Schedules;
  readonly asked: JobRequest[];
  readonly skips: Skip[];
  /** Schedule and minute of each time that was dealt with. */
  readonly dealtWith: string[];
  /** Moves the clock on, and lets what came due happen. */
  readonly pass: (ms: number, stepMs?: number) => Promise<void>;
}

type Decide = (request: JobRequest) => SkippedJob | undefined;

/** A queue whose jobs all have their turn at once: `decide` says whether one is skipped. */
function submitting(decide: Decide): SchedulesOptions['queue']['submit'] {
  return async (request, _onBusy, onDecided) => {
    onDecided?.(decide(request));
    return pendingJob('a3f1c820', request, new Date());
  };
}

/** Timers and clock under the test's control: hours pass at once. */
function bench(t: Test, from: string, options: Partial<SchedulesOptions> = {}, paused: readonly string[] = []): Bench {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: new Date(from) });
  const asked: JobRequest[] = [];
  const skips: Skip[] = [];
  const dealtWith: string[] = [];
  const schedules = new Schedules(
    {
      queue: {
        submit: submitting((request) => {
          asked.push(request);
          return undefined;
        }),
      },
      targets: () => [],
      models: async () => [undefined],
      isBusy: async () => ({ busy: false }),
      now: () => new Date(),
      random: () => 0.5,
      logger: pino({ level: 'silent' }),
      keepPaused: async () => undefined,
      onSkip: (_name, skip) => skips.push(skip),
      onHandled: (name, at) => dealtWith.push(`${name} ${at.toISOString().slice(11, 16)}`),
      ...options,
    },
    paused,
  );
  t.teardown(() => {
    schedules.close();
    mock.timers.reset();
  });
  const pass = async (ms: number, stepMs: number = MINUTE) => {
    // In steps, because what comes due arranges what comes next.
    for (let left = ms; left > 0; left -= stepMs) {
      mock.timers.tick(Math.min(left, stepMs));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { schedules, asked, skips, dealtWith, pass };
}

t.test('the autumn night, minute by minute: the hour that comes twice has its runs once', async (t) => {
  const { schedules, asked, pass } = bench(t, '2026-10-24T22:30:00Z');
  const timezone = 'Europe/Berlin';
  schedules.apply([
    { ...base, timezone },
    { ...base, name: 'hourly', cron: '0 * * * *', timezone },
  ]);
  await pass(5 * 60 * MINUTE);
  const count = (name: string) => asked.filter(({ trigger }) => trigger === `schedule:${name}`).length;
  t.equal(count('hourly'), 4, 'five hours');
  t.equal(count('nightly'), 1);
});

t.test('runs at its time, on every target, and tells when', async (t) => {
  const { schedules, asked, pass } = bench(t, '2026-11-21T02:28:00Z', { targets: () => ['one', 'two'] });
  schedules.apply([base]);
  t.equal(schedules.list()[0]?.nextRun?.toISOString(), '2026-11-21T02:30:00.000Z');
  t.equal(schedules.list()[0]?.lastRun, undefined);
  await pass(MINUTE);
  t.same(asked, []);
  await pass(2 * MINUTE);
  t.match(asked, [
    { mode: 'quick', trigger: 'schedule:nightly', target: 'one', model: undefined },
    { mode: 'quick', trigger: 'schedule:nightly', target: 'two', model: undefined },
  ]);
  t.equal(asked[0]?.batch, asked[1]?.batch, 'in one go');
  t.match(schedules.list()[0], { lastRun: { jobId: 'a3f1c820' }, nextRun: new Date('2026-11-22T02:30:00Z') });
  await pass(24 * 60 * MINUTE);
  t.equal(asked.length, 4);
});

t.test('of a target with several models each has its own run, in their order', async (t) => {
  const { schedules, asked, pass } = bench(t, '2026-11-21T02:28:00Z', {
    targets: () => ['one', 'two'],
    models: async (target) => (target === 'one' ? ['b', 'a'] : [undefined]),
  });
  schedules.apply([base]);
  await pass(3 * MINUTE);
  t.same(
    asked.map(({ target, model }) => [target, model]),
    [
      ['one', 'b'],
      ['one', 'a'],
      ['two', undefined],
    ],
  );
});

t.test('on its own targets alone, and on whatever is found where none is configured', async (t) => {
  const { schedules, asked, pass } = bench(t, '2026-11-21T02:29:00Z');
  schedules.apply([
    { ...base, targets: ['two'] },
    { ...base, name: 'any' },
  ]);
  await pass(2 * MINUTE);
  t.same(
    asked.map(({ target }) => target),
    ['two', undefined],
  );
});

t.test('paused: no run and no next one, kept for the next start; let go on it runs again', async (t) => {
  const kept: (readonly string[])[] = [];
  const { schedules, asked, skips, pass } = bench(t, '2026-11-21T02:00:00Z', {
    keepPaused: async (names) => void kept.push(names),
  });
  schedules.apply([base]);
  t.match(await schedules.setPaused('nightly', true), { paused: true, nextRun: undefined });
  t.equal(await schedules.setPaused('weekly', true), undefined);
  await pass(60 * MINUTE);
  t.same(asked, []);
  t.match(skips, [{ reason: 'paused' }]);
  t.match(schedules.list()[0]?.lastSkip, { reason: 'paused' });
  t.match(await schedules.setPaused('nightly', false), { paused: false, nextRun: new Date('2026-11-22T02:30:00Z') });
  t.same(kept, [['nightly'], []]);
  await pass(24 * 60 * MINUTE);
  t.equal(asked.length, 1);
});

t.test('a pause of an earlier process holds', async (t) => {
  const { schedules, asked, pass } = bench(t, '2026-11-21T02:29:00Z', {}, ['nightly']);
  schedules.apply([base]);
  t.equal(schedules.list()[0]?.paused, true);
  await pass(2 * MINUTE);
  t.same(asked, []);
});

t.test(
  'a run that is skipped when its turn has come is told with its reason and target, and is no last run',
  async (t) => {
    const skip = { status: 'skipped', reason: 'server_busy', detail: '1 request in progress' } as const;
    const submit = submitting(({ target }) => (target === 'one' ? skip : undefined));
    const { schedules, skips, pass } = bench(t, '2026-11-21T02:29:00Z', {
      queue: { submit },
      targets: () => ['one'],
      isBusy: () => Promise.reject(new Error('nobody waits: nobody looks')),
    });
    schedules.apply([base]);
    await pass(2 * MINUTE);
    t.match(skips, [{ reason: 'server_busy', detail: '1 request in progress', target: 'one', count: 1 }]);
    t.equal(schedules.list()[0]?.lastRun, undefined);
  },
);

t.test('every target is asked for at once, and each is decided in its turn', async (t) => {
  const turns: (() => void)[] = [];
  const asked: unknown[] = [];
  const submit: SchedulesOptions['queue']['submit'] = async (request, _onBusy, onDecided) => {
    asked.push(request.target);
    turns.push(() => onDecided?.(undefined));
    return pendingJob(`0000000${asked.length}`, request, new Date());
  };
  const { schedules, dealtWith, pass } = bench(t, '2026-11-21T02:29:00Z', {
    queue: { submit },
    targets: () => ['one', 'two'],
  });
  schedules.apply([base]);
  await pass(2 * MINUTE);
  t.same(asked, ['one', 'two']);
  t.equal(schedules.list()[0]?.lastRun, undefined, 'none has begun');
  for (const turn of turns) {
    t.same(dealtWith, []);
    await pass(MINUTE);
    turn();
  }
  await pass(MINUTE);
  t.match(schedules.list()[0], { lastRun: { jobId: '00000002', at: new Date('2026-11-21T02:33:00Z') } });
  t.same(dealtWith, ['nightly 02:30']);
});

t.test(
  'tells when a time was dealt with: asked for, skipped or failed, but not where its schedule ended',
  async (t) => {
    const submit = submitting(({ trigger }) => {
      if (trigger === 'schedule:failing') throw new Error('disk full');
      return undefined;
    });
    const { schedules, dealtWith, pass } = bench(t, '2026-11-21T02:29:00Z', { queue: { submit } }, ['paused']);
    const late = { ...base, name: 'late', jitterMs: 10 * MINUTE };
    schedules.apply([base, { ...base, name: 'failing' }, { ...base, name: 'paused' }, late]);
    await pass(2 * MINUTE);
    t.same(dealtWith.sort(), ['failing 02:30', 'nightly 02:30', 'paused 02:30']);
    schedules.apply([late]);
    await pass(5 * MINUTE);
    t.equal(dealtWith[3], 'late 02:30', 'the time is that at which it came due');
    schedules.apply([{ ...late, cron: '40 2 * * *' }]);
    await pass(5 * MINUTE);
    schedules.close();
    await pass(20 * MINUTE);
    t.equal(dealtWith.length, 4);
  },
);

t.test('what the queue refuses is a skip with its reason', async (t) => {
  const refusals = [new JobError('queue_full', 'queue full'), new JobError('busy', 'waits already')];
  const submit = async (): Promise<Job> => {
    throw refusals.shift() ?? new Error('asked too often');
  };
  const { schedules, skips, pass } = bench(t, '2026-11-21T02:29:00Z', {
    queue: { submit: submit as unknown as SchedulesOptions['queue']['submit'] },
    targets: () => ['one', 'two'],
  });
  schedules.apply([base]);
  await pass(2 * MINUTE);
  t.match(skips, [
    { reason: 'queue_full', target: 'one' },
    { reason: 'still_waiting', target: 'two' },
  ]);
});

t.test('a reload keeps what is known of a schedule, changes it, and ends those that are gone', async (t) => {
  const { schedules, asked, pass } = bench(t, '2026-11-21T02:29:00Z');
  schedules.apply([base, { ...base, name: 'other' }]);
  await pass(2 * MINUTE);
  t.equal(asked.length, 2);
  schedules.apply([{ ...base, cron: '40 2 * * *' }]);
  t.match(schedules.list(), [{ lastRun: { jobId: 'a3f1c820' }, nextRun: new Date('2026-11-21T02:40:00Z') }]);
  await pass(24 * 60 * MINUTE);
  t.same(
    asked.slice(2).map(({ trigger }) => trigger),
    ['schedule:nightly'],
  );
});

t.test('jitter puts a run off, and a reload that leaves the schedule alone does not lose it', async (t) => {
  const { schedules, asked, pass } = bench(t, '2026-11-21T02:29:00Z');
  const jittery = { ...base, jitterMs: 10 * MINUTE };
  schedules.apply([jittery]);
  await pass(5 * MINUTE);
  t.same(asked, [], 'half of ten minutes are not over');
  schedules.apply([{ ...jittery }, { ...base, name: 'new', cron: '0 5 * * *' }]);
  await pass(2 * MINUTE);
  t.equal(asked.length, 1);
});

t.test('a run that is put off is gone with its schedule', async (t) => {
  const { schedules, asked, pass } = bench(t, '2026-11-21T02:29:00Z');
  schedules.apply([{ ...base, jitterMs: 10 * MINUTE }]);
  await pass(2 * MINUTE);
  schedules.apply([]);
  await pass(20 * MINUTE);
  t.same(asked, []);
});

t.test('runs that came due while the machine slept are one skip, and the next one takes place', async (t) => {
  const { schedules, asked, skips, dealtWith, pass } = bench(t, '2026-11-21T01:45:00Z', {}, ['paused']);
  const halfHourly = { ...base, cron: '*/30 * * * *' };
  schedules.apply([halfHourly, { ...halfHourly, name: 'paused' }]);
  mock.timers.setTime(Date.parse('2026-11-21T09:59:58Z'));
  schedules.clockJumped();
  t.match(skips, [
    {
      reason: 'late',
      count: 16,
      target: undefined,
      detail: /^due at 2026-11-21T09:30:00.000Z and 15 more before, seen /,
    },
    { reason: 'paused', count: 16 },
  ]);
  t.match(schedules.list()[0]?.lastSkip, { reason: 'late' });
  t.same(dealtWith, ['nightly 09:59', 'paused 09:59'], 'a restart does not miss them again');
  await pass(4000, 1000);
  t.equal(asked.length, 1);
  t.equal(skips.filter(({ reason }) => reason === 'late').length, 1);
});

t.test('a machine that wakes up at the time of a run has that run', async (t) => {
  const { schedules, asked, skips, pass } = bench(t, '2026-11-21T01:45:00Z');
  schedules.apply([{ ...base, cron: '*/30 * * * *' }]);
  mock.timers.setTime(Date.parse('2026-11-21T03:00:59Z'));
  schedules.clockJumped();
  await pass(1000, 1000);
  t.equal(asked.length, 1);
  t.match(skips, [{ reason: 'late', count: 2, detail: /^due at 2026-11-21T02:30:00.000Z and 1 more before/ }]);
  await pass(28 * MINUTE);
  t.equal(asked.length, 1, 'and not once more');
});

t.test('a clock that is set a month ahead costs no time, and one that is set back is not waited for', async (t) => {
  const { schedules, asked, skips, pass } = bench(t, '2026-11-21T01:45:00Z');
  schedules.apply([{ ...base, cron: '* * * * *' }]);
  mock.timers.setTime(Date.parse('2026-12-21T01:45:30Z'));
  schedules.clockJumped();
  await pass(MINUTE);
  t.equal(asked.length, 2, 'the one of half a minute ago, and the next');
  t.match(skips, [{ reason: 'late', count: 1000 }]);
  mock.timers.setTime(Date.parse('2026-11-21T01:45:30Z'));
  schedules.clockJumped();
  t.equal(schedules.list()[0]?.nextRun?.toISOString(), '2026-11-21T01:46:00.000Z');
  await pass(MINUTE);
  t.equal(asked.length, 3);
  t.equal(skips.length, 1);
});
