import t from 'tap';
import { type StaleSettings, staleAtMs } from '../../../src/metrics/series/stale.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function schedule(cron: string, targets: 'all' | string[] = 'all', timezone = 'UTC') {
  return { cron, timezone, targets };
}

function lifetimeMs(seenAt: string, schedules: StaleSettings['schedules'], staleAfterMs?: number): number {
  const seenAtMs = Date.parse(seenAt);
  return staleAtMs('box', seenAtMs, { metrics: { staleAfterMs }, schedules }) - seenAtMs;
}

t.test('what is configured holds, whatever the schedules are', async (t) => {
  t.equal(lifetimeMs('2026-03-04T05:06:07Z', [schedule('0 * * * *')], 90_000), 90_000);
});

t.test('a result lives three intervals of the schedule, whenever within one it was made', async (t) => {
  const sixHourly = [schedule('17 */6 * * *')];
  t.equal(lifetimeMs('2026-03-04T00:17:00Z', sixHourly), 18 * HOUR_MS, 'on the tick');
  t.equal(lifetimeMs('2026-03-04T00:19:30Z', sixHourly), 18 * HOUR_MS, 'when the scheduled run ends');
  t.equal(lifetimeMs('2026-03-04T06:16:59Z', sixHourly), 18 * HOUR_MS, 'by hand, just before the next');
});

t.test('nights and weekends of an uneven schedule do not make a result stale', async (t) => {
  const weekdays = [schedule('0 3 * * 1-5')];
  t.equal(lifetimeMs('2026-03-06T03:05:00Z', weekdays), 5 * DAY_MS, 'Friday to Wednesday');
  const officeHours = [schedule('*/5 9-17 * * *')];
  t.equal(lifetimeMs('2026-03-04T12:01:00Z', officeHours), 15 * 60_000);
  t.equal(lifetimeMs('2026-03-04T17:56:00Z', officeHours), 15 * HOUR_MS + 15 * 60_000, 'the last one of the day');
});

t.test('the slowest schedule of the target counts, those of other targets do not', async (t) => {
  const schedules = [schedule('0 * * * *'), schedule('0 0 * * *', ['box']), schedule('0 0 1 * *', ['other'])];
  t.equal(lifetimeMs('2026-03-04T00:00:30Z', schedules), 3 * DAY_MS);
  t.equal(lifetimeMs('2026-03-04T00:00:30Z', [schedule('0 0 1 * *', ['other'])]), 3 * DAY_MS, 'none of its own');
});

t.test('days that daylight saving makes shorter are days', async (t) => {
  const daily = [schedule('0 12 * * *', 'all', 'Europe/Berlin')];
  t.equal(lifetimeMs('2026-03-28T11:00:30Z', daily), 3 * DAY_MS - HOUR_MS);
});
