import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { LastHandledCheckpoint } from '../../src/jobs/last-handled-checkpoint.js';

const nightly = { name: 'nightly', cron: '30 2 * * *', timezone: 'UTC' };
const hourly = { name: 'hourly', cron: '0 * * * *', timezone: 'Europe/Berlin' };

function bench(t: Test, at: string, folder = t.testdir({})) {
  const clock = { now: new Date(at) };
  const logged: Record<string, unknown>[] = [];
  const file = join(folder, 'schedule_slots.json');
  const logger = pino({ level: 'debug' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  return { record: new LastHandledCheckpoint({ file, now: () => clock.now, logger }), clock, file, folder, logged };
}

t.test('what came due while no agent ran is missed, once', async (t) => {
  const { record, clock, folder, logged } = bench(t, '2026-11-20T12:00:00Z');
  t.same(await record.open([nightly, hourly]), [], 'nothing is known of the time before the first start');
  clock.now = new Date('2026-11-20T14:00:01Z');
  await record.handled('hourly', clock.now);
  const later = bench(t, '2026-11-22T02:30:00Z', folder).record;
  t.same(await later.open([nightly, hourly]), [
    { schedule: 'nightly', count: 2, last: new Date('2026-11-22T02:30:00Z') },
    { schedule: 'hourly', count: 36, last: new Date('2026-11-22T02:00:00Z') },
  ]);
  t.same(await bench(t, '2026-11-22T02:30:30Z', folder).record.open([nightly, hourly]), []);
  t.same(logged, []);
});

t.test('a schedule that is new or was changed meanwhile has missed nothing', async (t) => {
  const { record, folder } = bench(t, '2026-11-20T12:00:00Z');
  await record.open([nightly]);
  const later = bench(t, '2026-11-23T12:00:00Z', folder).record;
  t.same(
    await later.open([
      { ...nightly, cron: '31 2 * * *' },
      { ...hourly, name: 'other' },
    ]),
    [],
  );
});

t.test('a reload keeps what is known of the schedules that stay', async (t) => {
  const { record, clock, folder } = bench(t, '2026-11-20T12:00:00Z');
  await record.open([nightly]);
  clock.now = new Date('2026-11-20T12:30:00Z');
  await record.apply([nightly, hourly]);
  const later = bench(t, '2026-11-21T13:30:00Z', folder).record;
  t.match(await later.open([nightly, hourly]), [{ count: 1 }, { count: 25 }]);
});

t.test('dealing with an earlier time takes nothing back', async (t) => {
  const { record, folder } = bench(t, '2026-11-20T12:00:00Z');
  await record.open([hourly]);
  await record.handled('hourly', new Date('2026-11-20T15:00:00Z'));
  await record.handled('hourly', new Date('2026-11-20T14:00:00Z'));
  await record.handled('unknown', new Date('2026-11-20T14:00:00Z'));
  t.match(await bench(t, '2026-11-20T16:10:00Z', folder).record.open([hourly]), [{ count: 1 }]);
});

t.test('a year without an agent is counted up to a bound', async (t) => {
  const { record, folder } = bench(t, '2025-11-20T12:00:00Z');
  const everyMinute = { name: 'busy', cron: '* * * * *', timezone: 'UTC' };
  await record.open([everyMinute]);
  t.match(await bench(t, '2026-11-20T12:00:00Z', folder).record.open([everyMinute]), [{ count: 1000 }]);
});

t.test('a record that cannot be read misses nothing, is told and replaced', async (t) => {
  const { record, file, logged } = bench(t, '2026-11-20T12:00:00Z');
  await writeFile(file, '[{ "name": 1 }]');
  t.same(await record.open([nightly]), []);
  t.match(logged, [{ level: 40, file }]);
  t.match(JSON.parse(await readFile(file, 'utf8')), [
    { name: 'nightly', dealt_with_until: '2026-11-20T12:00:00.000Z' },
  ]);
});

t.test('a disk that refuses the record is told of', async (t) => {
  const { record, logged } = bench(t, '2026-11-20T12:00:00Z', join(t.testdir({}), 'absent'));
  t.same(await record.open([nightly]), []);
  await record.close();
  t.match(logged, [{ level: 50 }]);
});
