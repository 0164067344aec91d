import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { watchClock } from '../../src/jobs/clock-jump.js';

const MINUTE_MS = 60_000;

function watched(t: Test, from: string) {
  mock.timers.enable({ apis: ['setTimeout'] });
  const clock = { nowMs: Date.parse(from), monotonicMs: 5000 };
  const jumps: number[] = [];
  const looks: string[] = [];
  const end = watchClock({
    now: () => {
      looks.push(new Date(clock.nowMs).toISOString().slice(14, 19));
      return new Date(clock.nowMs);
    },
    monotonicMs: () => clock.monotonicMs,
    onJump: (byMs) => void jumps.push(byMs),
  });
  t.teardown(() => {
    end();
    mock.timers.reset();
  });
  const pass = (ms: number) => {
    clock.nowMs += ms;
    clock.monotonicMs += ms;
    mock.timers.tick(ms);
  };
  return { clock, jumps, looks, pass, end };
}

t.test('a clock that goes on evenly does not jump, nor one that is put right by some seconds', async (t) => {
  const { clock, jumps, pass } = watched(t, '2026-11-21T02:10:30Z');
  for (let minute = 0; minute < 10; minute += 1) {
    clock.nowMs += 5000;
    pass(MINUTE_MS);
  }
  t.same(jumps, [], 'not even ten times in a row');
});

t.test('looks once a minute, right before the next begins', async (t) => {
  const { looks, pass } = watched(t, '2026-11-21T02:10:30Z');
  looks.length = 0;
  pass(28_999);
  t.same(looks, []);
  pass(1);
  t.equal(looks[0], '10:59');
  looks.length = 0;
  pass(59_999);
  t.same(looks, []);
  pass(1);
  t.equal(looks[0], '11:59');
});

t.test('a clock that is set, ahead or back, jumps once', async (t) => {
  const { clock, jumps, pass } = watched(t, '2026-11-21T02:10:00Z');
  clock.nowMs += 30 * 24 * 60 * MINUTE_MS;
  pass(2 * MINUTE_MS);
  clock.nowMs -= 61_000;
  pass(2 * MINUTE_MS);
  t.same(jumps, [30 * 24 * 60 * MINUTE_MS, -61_000]);
});

t.test('ended it looks no more', async (t) => {
  const { clock, jumps, pass, end } = watched(t, '2026-11-21T02:10:00Z');
  end();
  clock.nowMs += 60 * MINUTE_MS;
  pass(2 * MINUTE_MS);
  t.same(jumps, []);
});
