import { spawnSync } from 'node:child_process';
import t from 'tap';
import { CommandFailure } from '../../src/commands/command.js';
import { ConfigError } from '../../src/config/config-error.js';
import { ServerError } from '../../src/servers/server-error.js';
import { backOffMs } from '../../src/shared/back-off.js';
import { systemClock } from '../../src/shared/clock.js';
import { ExpectedError } from '../../src/shared/expected-error.js';
import { isRunning } from '../../src/shared/running-process.js';

t.test('waits twice as long after each failure, up to the longest', async (t) => {
  const waits = [1, 2, 3, 5, 6, 2000].map((failures) => backOffMs(failures, { firstMs: 500, longestMs: 10_000 }));
  t.same(waits, [500, 1000, 2000, 8000, 10_000, 10_000]);
});

t.test('the clock tells the time it was given', async (t) => {
  t.equal(systemClock(() => 41.5).nowMs(), 41.5);
});

t.test('a timer runs once, and not at all when it is called off', async (t) => {
  const clock = systemClock(() => 0);
  const ran: string[] = [];
  const cancel = clock.after(0, () => ran.push('called off'));
  cancel();
  await new Promise<void>((done) => {
    // The test's own timer keeps the process alive: those of the clock do not.
    const alive = setTimeout(() => undefined, 60_000);
    clock.after(1, () => {
      ran.push('kept');
      clearTimeout(alive);
      done();
    });
  });
  t.same(ran, ['kept']);
});

t.test('tells a process that runs from one that has ended', async (t) => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  t.equal(isRunning(process.pid), true);
  t.equal(isRunning(pid), false);
});

t.test('a process of somebody else runs too', async (t) => {
  t.intercept(process, 'kill', {
    value: () => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    },
  });
  t.equal(isRunning(1), true);
});

t.test('an expected error ends a command with 1; one of the command line or the configuration with 2', async (t) => {
  const errors = [
    new ServerError('unreachable', 'gone'),
    new ServerError('unknown_target', 'who?'),
    new ServerError('bad_url', 'what?'),
    new ConfigError('config_invalid', []),
    new CommandFailure(130, ''),
  ];
  t.ok(errors.every((error) => error instanceof ExpectedError));
  t.same(
    errors.map(({ exitCode }) => exitCode),
    [1, 2, 2, 2, 130],
  );
});
