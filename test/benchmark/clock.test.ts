import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import t from 'tap';
import { monotonicMs } from '../../src/benchmark/clock.js';

t.test('never goes back', async (t) => {
  let lastMs = monotonicMs();
  let stepsBack = 0;
  for (let reading = 0; reading < 10_000; reading += 1) {
    const nowMs = monotonicMs();
    if (nowMs < lastMs) stepsBack += 1;
    lastMs = nowMs;
  }
  t.equal(stepsBack, 0);
});

t.test('tells fractions of a millisecond', async (t) => {
  const readings = Array.from({ length: 1000 }, () => monotonicMs());
  t.ok(readings.some((ms) => !Number.isInteger(ms)));
});

t.test('has the same zero in every process of the machine', async (t) => {
  const program = 'process.stdout.write(String(Number(process.hrtime.bigint()) / 1e6))';
  const beforeMs = monotonicMs();
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program]);
  const afterMs = monotonicMs();
  t.ok(Number(stdout) > beforeMs, 'another process reads a later time than this one did before it');
  t.ok(Number(stdout) < afterMs, 'and an earlier one than this one does after it');
});
