import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { pendingJob, startedJob } from '../../src/jobs/job.js';
import { takeMachineLock } from '../../src/jobs/machine-lock.js';

const now = () => new Date('2026-11-21T12:00:00Z');
const job = startedJob(pendingJob('a3f1c820', { mode: 'quick', trigger: 'api' }, now()), now());
const never = new AbortController().signal;

t.test('the turn is free, then taken, then free again', async (t) => {
  const path = join(t.testdir(), 'turn.lock');
  const end = await takeMachineLock({ job, signal: never }, { path, now, onWait: () => t.fail('nobody has it') });
  t.ok(existsSync(path));
  await end();
  t.notOk(existsSync(path));
});

t.test('waits for another process that lives, says so once, and can be cancelled', async (t) => {
  const folder = t.testdir({ 'idle.mjs': "process.on('message', () => process.disconnect()); process.send('up');" });
  const path = join(folder, 'turn.lock');
  const other = fork(join(folder, 'idle.mjs'));
  t.teardown(() => other.kill('SIGKILL'));
  await once(other, 'message');
  const holder = { pid: other.pid, purpose: 'benchmark 00000000', since: now().toISOString(), started: null };
  writeFileSync(path, JSON.stringify(holder));
  const cancel = new AbortController();
  const told: string[] = [];
  const turn = takeMachineLock({ job, signal: cancel.signal }, { path, now, onWait: (words) => void told.push(words) });
  const refused = t.rejects(turn, { name: 'AbortError' });
  while (told.length === 0) await new Promise((resolve) => setImmediate(resolve));
  cancel.abort();
  await refused;
  t.same(told, [`Waiting for benchmark 00000000 of process ${other.pid} on this machine.`]);
  const exit = once(other, 'exit');
  other.send('go');
  await exit;
  const end = await takeMachineLock({ job, signal: never }, { path, now, onWait: () => t.fail('its holder is gone') });
  await end();
});

t.test('what another user left behind and nobody else may remove stops no benchmark', async (t) => {
  const left = JSON.stringify({ pid: 2 ** 30, purpose: 'benchmark 00000000', since: '2026-01-01', started: null });
  const folder = t.testdir({ 'turn.lock': left });
  chmodSync(folder, 0o555);
  const isRoot = process.getuid?.() === 0;
  const told: string[] = [];
  // Permissions do not hold for root.
  if (isRoot) process.seteuid?.(65534);
  try {
    const path = join(folder, 'turn.lock');
    await (await takeMachineLock({ job, signal: never }, { path, now, onWait: (words) => void told.push(words) }))();
  } finally {
    if (isRoot) process.seteuid?.(0);
    chmodSync(folder, 0o755);
  }
  t.match(told, [/turn\.lock may not be written/]);
  t.equal(readFileSync(join(folder, 'turn.lock'), 'utf8'), left);
});
