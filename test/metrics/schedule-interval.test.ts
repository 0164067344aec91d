import t from 'tap';
import { scheduleIntervalMs } from '../../src/metrics/schedule-interval.js';

const HOUR_MS = 3_600_000;
// A Saturday.
const now = new Date('2026-11-21T14:40:00.000Z');

function hours(cron: string, timezone = 'UTC'): number | undefined {
  const ms = scheduleIntervalMs({ cron, timezone }, now);
  return ms === undefined ? undefined : ms / HOUR_MS;
}

t.test('an even schedule has one interval', async (t) => {
  t.equal(hours('*/5 * * * *'), 1 / 12);
  t.equal(hours('17 */6 * * *'), 6);
  t.equal(hours('0 9 * * 1'), 7 * 24);
  t.equal(hours('30 4 1 * *'), 30 * 24);
});

t.test('of an uneven one the longest pause counts, on whatever day it is asked', async (t) => {
  t.equal(hours('0 3 * * 1-5'), 72);
  t.equal(hours('*/10 8-18 * * 1-5', 'Europe/Berlin'), 61 + 1 / 6);
  for (let day = 0; day < 7; day += 1) {
    const asked = new Date(now.getTime() + day * 24 * HOUR_MS);
    t.equal(scheduleIntervalMs({ cron: '0 3 * * 1-5', timezone: 'UTC' }, asked), 72 * HOUR_MS, `${asked}`);
  }
});
