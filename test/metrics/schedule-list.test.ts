import t from 'tap';
import type { ScheduleState } from '../../src/jobs/schedule.js';
import { scheduleList } from '../../src/metrics/schedule-list.js';
import { schedule } from '../fixtures/api-bench.js';

function listed(nextRunMs: number | undefined) {
  const world = { nowMs: 1_000_000, version: {}, asked: 0 };
  const nextRun = nextRunMs === undefined ? undefined : new Date(nextRunMs);
  const state: ScheduleState = { schedule, paused: false, nextRun, lastRun: undefined, lastSkip: undefined };
  const read = scheduleList({
    list: () => {
      world.asked += 1;
      return [state];
    },
    version: () => world.version,
    now: () => new Date(world.nowMs),
  });
  return { world, read };
}

t.test('asks once for many scrapes, and again after ten seconds', async (t) => {
  const { world, read } = listed(undefined);
  t.equal(read(), read());
  t.equal(world.asked, 1);
  world.nowMs += 9999;
  read();
  t.equal(world.asked, 1);
  world.nowMs += 1;
  read();
  t.equal(world.asked, 2);
});

t.test('asks at once when a schedule has come due, was changed, or the clock was set back', async (t) => {
  const { world, read } = listed(1_002_000);
  read();
  world.nowMs = 1_002_000;
  read();
  t.equal(world.asked, 2);
  world.nowMs = 1_001_000;
  read();
  t.equal(world.asked, 3);
  world.version = {};
  read();
  t.equal(world.asked, 4);
});

t.test('tells the interval of each, as it is configured now', async (t) => {
  const { read } = listed(undefined);
  t.match(read(), [{ schedule: { name: 'nightly' }, intervalMs: 86_400_000 }]);
});

t.test('that there are none yet is not kept', async (t) => {
  const state: ScheduleState = { schedule, paused: false, nextRun: undefined, lastRun: undefined, lastSkip: undefined };
  const world: { states: readonly ScheduleState[] } = { states: [] };
  const read = scheduleList({ list: () => world.states, version: () => 1, now: () => new Date(1_000_000) });
  t.same(read(), []);
  world.states = [state];
  t.equal(read().length, 1);
});
