import { mock } from 'node:test';
import { createTask } from 'node-cron';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import {
  type CronTiming,
  cronProblem,
  type DueRuns,
  LATEST_START_MS,
  nextRun,
  nextRuns,
  previousRun,
  runsBetween,
  startCron,
} from '../../src/jobs/cron.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** In UTC, to the minute. */
function next(cron: string, timezone: string, after: string, count: number): string[] {
  return nextRuns({ cron, timezone }, new Date(after), count).map((at) => at.toISOString().slice(5, 16));
}

t.test('takes five fields of numbers, names, ranges, lists and steps', async (t) => {
  const good = [
    '17 */6 * * *',
    '0 5 * * 7',
    '0 5 * * SUN',
    '0,30 8-18/2 1 JAN-MAR *',
    '0 0 L * *',
    '@daily',
    '0 0 ? * 1',
  ];
  for (const cron of good) t.equal(cronProblem(cron), undefined, cron);
  t.same(next('0 5 * * 7', 'UTC', '2026-11-21T12:00:00Z', 1), ['11-22T05:00'], 'Sunday');
});

t.test('says what it expected of anything else', async (t) => {
  const bad = [
    '* * * *',
    '0 * * * * *',
    '60 * * * *',
    '0 25 * * *',
    '*/0 * * * *',
    '0 0 30 2 *',
    '0 0 30W 2 *',
    '0 0 1 13 *',
    '0 0 * * 8',
    'five past noon every day',
    '@noon',
    '',
  ];
  for (const cron of bad)
    t.match(cronProblem(cron), /^a cron expression of five fields such as "17 .* that comes due/, cron);
});

t.test('refuses days of the month together with days of the week, and says what to write', async (t) => {
  t.match(cronProblem('5 4 1,15 * MON'), '"5 4 1,15 * *" and "5 4 * * MON"');
  t.match(cronProblem('5 4 */2 3 1-5'), '"5 4 */2 3 *" and "5 4 * 3 1-5"');
  t.equal(cronProblem('5 4 1-31 * MON'), undefined, 'every day of the month is no restriction');
  t.equal(cronProblem('5 4 1 * 0-6'), undefined);
});

t.test('a rare day is found, however far off', async (t) => {
  t.equal(cronProblem('0 0 29 2 *'), undefined);
  t.equal(
    nextRun({ cron: '0 0 29 2 *', timezone: 'UTC' }, new Date('2096-03-01'))?.toISOString().slice(0, 10),
    '2104-02-29',
  );
  t.equal(
    nextRun({ cron: '0 0 * 2 1#5', timezone: 'UTC' }, new Date('2072-03-01'))?.toISOString().slice(0, 10),
    '2112-02-29',
  );
});

t.test('daylight saving: a time that is left out does not run that day, one that comes twice runs once', async (t) => {
  // Berlin puts its clocks from 02:00 to 03:00 on 2027-03-28, and from 03:00 to 02:00 on 2026-10-25.
  t.same(next('30 2 * * *', 'Europe/Berlin', '2027-03-27T00:00:00Z', 2), ['03-27T01:30', '03-29T00:30']);
  t.same(next('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2), ['10-25T01:30', '10-26T01:30']);
  const halfHourly = ['10-24T23:30', '10-25T01:00', '10-25T01:30', '10-25T02:00'];
  t.same(next('*/30 * * * *', 'Europe/Berlin', '2026-10-24T23:15:00Z', 4), halfHourly);
  t.same(next('*/30 * * * *', 'Australia/Melbourne', '2026-10-03T15:15:00Z', 2), ['10-03T15:30', '10-03T16:00']);
  t.same(next('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 2), ['11-01T05:30', '11-02T06:30']);
  t.same(
    next('0 */2 * * *', 'America/New_York', '2027-03-14T04:30:00Z', 2),
    ['03-14T05:00', '03-14T08:00'],
    'not at 02:00',
  );
  t.same(
    next('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00:00Z', 1),
    ['10-04T15:15'],
    'half an hour is left out',
  );
  t.same(next('15 2 * * *', 'UTC', '2026-10-25T00:00:00Z', 2), ['10-25T02:15', '10-26T02:15'], 'UTC has none of it');
});

t.test('asked in the hour that comes twice, it knows what of that night is still to come', async (t) => {
  const nightly = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };
  t.equal(nextRun(nightly, new Date('2026-10-25T00:45:00Z'))?.toISOString(), '2026-10-25T01:30:00.000Z');
  t.equal(previousRun(nightly, new Date('2026-10-25T00:45:00Z'))?.toISOString(), '2026-10-24T00:30:00.000Z');
  const newYork = { cron: '30 1 * * *', timezone: 'America/New_York' };
  t.equal(nextRun(newYork, new Date('2026-11-01T06:10:00Z'))?.toISOString(), '2026-11-02T06:30:00.000Z');
  t.equal(previousRun(newYork, new Date('2026-11-01T06:10:00Z'))?.toISOString(), '2026-11-01T05:30:00.000Z');
});

/** What node-cron itself would do: it counts from the system's clock alone. */
function nodeCronRuns(t: Test, { cron, timezone }: CronTiming, after: Date, count: number): number[] {
  mock.timers.enable({ apis: ['Date'], now: after });
  t.teardown(() => mock.timers.reset());
  const task = createTask(cron, () => undefined, { timezone });
  const runs = task.getNextRuns(count).map((at) => at.getTime());
  void task.destroy();
  mock.timers.reset();
  return runs;
}

t.test('what is said to be next is when node-cron runs, over each change of clocks', async (t) => {
  const timings = [
    ['30 2 * * *', 'Europe/Berlin', '2026-10-23'],
    ['*/30 * * * *', 'Europe/Berlin', '2026-10-24'],
    ['*/30 * * * *', 'Australia/Melbourne', '2027-04-03'],
    ['30 2,3 * * *', 'Europe/Berlin', '2027-03-26'],
    ['0 */2 * * *', 'America/New_York', '2027-03-13'],
    ['30 1 * * *', 'America/New_York', '2026-10-30'],
    ['15,45 1-3 * * *', 'Australia/Lord_Howe', '2026-10-02'],
    ['15,45 1-3 * * *', 'Australia/Lord_Howe', '2027-04-02'],
    ['0 0 * * *', 'America/Santiago', '2026-09-04'],
    ['10 23 L * *', 'Asia/Kathmandu', '2026-09-04'],
    ['0 5 * * 7', 'UTC', '2026-09-04'],
    ['45 3 * * 5#2', 'Europe/London', '2026-09-04'],
  ] as const;
  for (const [cron, timezone, day] of timings) {
    const after = new Date(`${day}T12:00:00Z`);
    const expected = nodeCronRuns(t, { cron, timezone }, after, 100);
    const found = nextRuns({ cron, timezone }, after, 100).map((at) => at.getTime());
    t.same(found, expected, `${cron} ${timezone}`);
    const backwards: (number | undefined)[] = [];
    let before = new Date((expected.at(-1) ?? 0) + 1);
    for (const _ of expected) {
      const at = previousRun({ cron, timezone }, before);
      backwards.unshift(at?.getTime());
      before = at ?? before;
    }
    t.same(backwards, expected, `${cron} ${timezone} backwards`);
  }
});

t.test('counts what came due in between, up to a bound', async (t) => {
  const nightly = { cron: '30 2 * * *', timezone: 'UTC' };
  const from = new Date('2026-11-20T02:30:00Z');
  t.equal(runsBetween(nightly, from, new Date('2026-11-21T02:29:59Z')), undefined);
  t.same(runsBetween(nightly, from, new Date('2026-11-22T02:30:00Z')), {
    count: 2,
    last: new Date('2026-11-22T02:30:00Z'),
  });
  const minutely = { cron: '* * * * *', timezone: 'Europe/Berlin' };
  t.match(runsBetween(minutely, from, new Date('2027-11-22T02:30:00Z')), { count: 1000 });
});

function running(t: Test, cron: string, from: string, timezone = 'UTC') {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: new Date(from) });
  const due: string[] = [];
  const missed: DueRuns[] = [];
  const logged: Record<string, unknown>[] = [];
  const stop = startCron(
    { cron, timezone },
    {
      onDue: (at) => void due.push(at.toISOString().slice(5, 16)),
      onMissed: (runs) => void missed.push(runs),
      logger: pino({ level: 'debug' }, { write: (line: string) => void logged.push(JSON.parse(line)) }),
    },
  );
  t.teardown(() => {
    stop();
    mock.timers.reset();
  });
  return { due, missed, logged, stop };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Minute by minute, because what comes due arranges what comes next. */
async function pass(ms: number) {
  for (let left = ms; left > 0; left -= MINUTE_MS) {
    mock.timers.tick(Math.min(left, MINUTE_MS));
    await turn();
  }
}

t.test('runs at each time until it is stopped, and says nothing of it', async (t) => {
  const { due, missed, logged, stop } = running(t, '30 * * * *', '2026-11-21T02:10:00Z');
  await pass(3 * HOUR_MS);
  t.same(due, ['11-21T02:30', '11-21T03:30', '11-21T04:30']);
  stop();
  await pass(2 * HOUR_MS);
  t.equal(due.length, 3);
  t.same(missed, []);
  t.same(logged, []);
});

t.test('runs through the night in which the clocks are put back as it was said', async (t) => {
  const { due } = running(t, '*/30 * * * *', '2026-10-24T23:15:00Z', 'Europe/Berlin');
  await pass(3 * HOUR_MS);
  t.same(due, next('*/30 * * * *', 'Europe/Berlin', '2026-10-24T23:15:00Z', 4));
});

t.test('a run of a minute late still takes place; later it is missed, several in a row at once', async (t) => {
  const { due, missed, logged } = running(t, '*/10 * * * *', '2026-11-21T02:05:00Z');
  const heldUpUntil = async (atMs: number) => {
    mock.timers.setTime(atMs - 1);
    await pass(1);
  };
  await heldUpUntil(Date.parse('2026-11-21T02:10:00Z') + LATEST_START_MS);
  t.same(due, ['11-21T02:10']);
  await heldUpUntil(Date.parse('2026-11-21T02:45:00Z'));
  t.same(due, ['11-21T02:10']);
  t.same(missed, [{ count: 3, last: new Date('2026-11-21T02:40:00Z') }]);
  await pass(5 * MINUTE_MS);
  t.same(due, ['11-21T02:10', '11-21T02:50']);
  t.same(logged, [], 'whoever is told of it logs it');
});

t.test('an error of what is due is logged by our logger, and the next one runs', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: new Date('2026-11-21T02:05:00Z') });
  const logged: Record<string, unknown>[] = [];
  let calls = 0;
  const stop = startCron(
    { cron: '*/10 * * * *', timezone: 'UTC' },
    {
      onDue: () => {
        calls += 1;
        throw new Error('out of order');
      },
      onMissed: () => undefined,
      logger: pino({ level: 'debug' }, { write: (line: string) => void logged.push(JSON.parse(line)) }),
    },
  );
  t.teardown(() => {
    stop();
    mock.timers.reset();
  });
  await pass(20 * MINUTE_MS);
  t.equal(calls, 2);
  t.match(logged[0], { level: 50, err: { message: 'out of order' } });
});

t.test('a week of days', async (t) => {
  const { due } = running(t, '0 12 * * *', '2026-11-21T13:00:00Z');
  await pass(7 * DAY_MS);
  t.equal(due.length, 7, 'a wait that is longer than a timer of a day');
});
