import { ChildProcess } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import t from 'tap';
import { findProgram, runProgram } from '../../../src/hardware/system/program.js';
import { ManualClock } from '../../fixtures/manual-clock.js';

t.test('the first executable of that name on PATH is found', async (t) => {
  const root = t.testdir({ a: { tool: 'not executable' }, b: { tool: '' }, c: { tool: '' } });
  for (const folder of ['b', 'c']) chmodSync(join(root, folder, 'tool'), 0o755);
  const path = ['', join(root, 'missing'), join(root, 'a'), join(root, 'b'), join(root, 'c')].join(delimiter);
  t.equal(await findProgram('tool', { platform: 'linux', env: { PATH: path } }), join(root, 'b', 'tool'));
});

t.test('further folders are looked into after PATH', async (t) => {
  const root = t.testdir({ extra: { tool: '' } });
  chmodSync(join(root, 'extra/tool'), 0o755);
  const found = await findProgram('tool', { platform: 'linux', env: {} }, [join(root, 'extra')]);
  t.equal(found, join(root, 'extra/tool'));
  t.equal(await findProgram('tool', { platform: 'linux', env: {} }), undefined);
});

t.test('on Windows the file bears its ending and the variable may be written Path', async (t) => {
  const folder = t.testdir({ bin: { 'tool.exe': '' } });
  chmodSync(join(folder, 'bin/tool.exe'), 0o755);
  const found = await findProgram('tool', { platform: 'win32', env: { Path: join(folder, 'bin') } });
  t.equal(found, join(folder, 'bin/tool.exe'));
});

t.test('output and exit code of a program are told', async (t) => {
  const script = "console.log('out ' + process.env.WORD); console.error('err'); process.exitCode = 7";
  const output = await runProgram(process.execPath, ['-e', script], { env: { WORD: 'given' }, timeoutMs: 60_000 });
  t.same(output, { exitCode: 7, stdout: 'out given\n', stderr: 'err\n' });
});

t.test('a program that takes too long is killed and has no exit code', async (t) => {
  const script = 'setInterval(() => undefined, 1000)';
  const output = await runProgram(process.execPath, ['-e', script], { env: {}, timeoutMs: 1 });
  t.match(output, { exitCode: undefined, stdout: '', stderr: '' });
  await t.resolves(output.tookTooLong ?? Promise.reject(new Error('expected it to be killed')));
});

t.test('a program that cannot be killed holds up nobody, and its end is told when it comes', async (t) => {
  t.capture(ChildProcess.prototype, 'kill', () => true);
  // Such a program does not keep this process alive.
  const alive = setInterval(() => undefined, 1000);
  t.teardown(() => clearInterval(alive));
  const clock = new ManualClock();
  const released = join(t.testdir({}), 'released');
  const script = `setInterval(() => { if (require('node:fs').existsSync(${JSON.stringify(released)})) process.exit(0); }, 5)`;
  const running = runProgram(process.execPath, ['-e', script], { env: {}, timeoutMs: 20_000, clock });
  clock.advance(20_000);
  clock.advance(500);
  const output = await running;
  t.match(output, { exitCode: undefined, stdout: '', stderr: '' });
  let isGone = false;
  void output.tookTooLong?.then(() => {
    isGone = true;
  });
  await new Promise((turn) => setImmediate(turn));
  t.equal(isGone, false);
  writeFileSync(released, '');
  await t.resolves(output.tookTooLong ?? Promise.reject(new Error('expected it to have hung')));
});

t.test('a program that is not there has no exit code', async (t) => {
  const output = await runProgram('/nowhere/tool', [], { env: {}, timeoutMs: 60_000 });
  t.equal(output.exitCode, undefined);
});
