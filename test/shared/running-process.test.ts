import { spawnSync } from 'node:child_process';
import t from 'tap';
import { isRunning } from '../../src/shared/running-process.js';

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
