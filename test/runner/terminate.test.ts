import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { terminate } from '../../src/runner/terminate.js';

/** A child process that only writes down what happens to it, on a clock that a test moves. */
function fakeChild(t: Test) {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const events = new EventEmitter();
  const happened: string[] = [];
  const state: { exitCode: number | null; signalCode: NodeJS.Signals | null } = { exitCode: null, signalCode: null };
  const child = Object.assign(events, state, {
    kill: (signal: string) => {
      happened.push(signal);
      return true;
    },
  });
  return {
    child: child as unknown as ChildProcess,
    happened,
    ask: () => happened.push('ask'),
    exit: () => {
      child.exitCode = 0;
      events.emit('exit', 0, null);
    },
  };
}

t.test('asks at once, sends SIGTERM after half the grace and SIGKILL after all of it', async (t) => {
  const { child, happened, ask } = fakeChild(t);
  terminate(child, { graceMs: 2000, ask });
  t.same(happened, ['ask']);
  mock.timers.tick(999);
  t.same(happened, ['ask']);
  mock.timers.tick(1);
  t.same(happened, ['ask', 'SIGTERM']);
  mock.timers.tick(999);
  t.same(happened, ['ask', 'SIGTERM']);
  mock.timers.tick(1);
  t.same(happened, ['ask', 'SIGTERM', 'SIGKILL']);
  mock.timers.tick(60_000);
  t.equal(happened.length, 3);
});

t.test('nothing is sent to a process that has ended, whose pid may be another by then', async (t) => {
  for (const afterMs of [0, 500, 1000, 1999]) {
    const { child, happened, ask, exit } = fakeChild(t);
    terminate(child, { graceMs: 2000, ask });
    mock.timers.tick(afterMs);
    exit();
    const before = [...happened];
    mock.timers.tick(60_000);
    t.same(happened, before, `ended after ${afterMs} ms`);
    t.equal(child.listenerCount('exit'), 0);
    mock.timers.reset();
  }
});

t.test('a process that has ended already is not even asked', async (t) => {
  for (const ended of [{ exitCode: 0 }, { exitCode: 3 }, { signalCode: 'SIGSEGV' as const }]) {
    const { child, happened, ask } = fakeChild(t);
    Object.assign(child, ended);
    terminate(child, { graceMs: 2000, ask });
    mock.timers.tick(60_000);
    t.same(happened, []);
    t.equal(child.listenerCount('exit'), 0);
    mock.timers.reset();
  }
});
