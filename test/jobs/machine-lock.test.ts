import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { pendingJob, startedJob } from '../../src/jobs/job.js';
import { LockWait } from '../../src/jobs/lock-wait.js';
import { machineLockFile, serviceLockFile, takeMachineLock } from '../../src/jobs/machine-lock.js';

const now = () => new Date('2026-11-21T12:00:00Z');
const job = startedJob(pendingJob('a3f1c820', { mode: 'quick', trigger: 'api' }, now()), now());
const never = new AbortController().signal;
const uid = process.geteuid?.();
const isRoot = uid === 0;
const NOBODY = 65_534;
const MINUTE_MS = 60_000;

interface Asked {
  readonly path: string;
  readonly servicePath?: string;
  readonly signal?: AbortSignal;
  readonly clock?: { monotonicMs: number };
}

function asked({ path, servicePath = '/absent/benchmark.lock', signal = never, clock = { monotonicMs: 0 } }: Asked) {
  const told: string[] = [];
  const wait = new LockWait(() => clock.monotonicMs);
  const onWait = (words: string) => void told.push(words);
  const options = { path, servicePath, now, wait, timeoutMs: 30 * MINUTE_MS, onWait };
  return { told, wait, turn: takeMachineLock({ job, signal }, options) };
}

/** Another process that lives until it is told. */
async function other(t: Test) {
  const folder = t.testdir({ 'idle.mjs': "process.on('message', () => process.disconnect()); process.send('up');" });
  const child = fork(join(folder, 'idle.mjs'));
  t.teardown(() => child.kill('SIGKILL'));
  await once(child, 'message');
  const holder = { pid: child.pid, purpose: 'benchmark 00000000', since: now().toISOString(), started: null };
  return { folder, child, text: JSON.stringify(holder) };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

t.test('the turn is free, then taken, then free again', async (t) => {
  const path = join(t.testdir(), 'turn.lock');
  const { told, turn } = asked({ path });
  const end = await turn;
  t.equal(statSync(path).mode & 0o777, 0o644, 'everybody sees who has it');
  await end();
  t.notOk(existsSync(path));
  t.same(told, []);
});

t.test('waits for another process that lives, says so once, and can be cancelled', async (t) => {
  const { folder, child, text } = await other(t);
  const path = join(folder, 'turn.lock');
  writeFileSync(path, text);
  const cancel = new AbortController();
  const { told, turn, wait } = asked({ path, signal: cancel.signal });
  const refused = t.rejects(turn, { name: 'AbortError' });
  await until(() => wait.current !== undefined);
  cancel.abort();
  await refused;
  const holder = `benchmark 00000000 of process ${child.pid}, on this machine since ${now().toISOString()}`;
  t.same(told, [`Waiting for ${holder}.`]);
  t.equal(wait.current, undefined);
  const exit = once(child, 'exit');
  child.send('go');
  await exit;
  const next = asked({ path });
  await (await next.turn)();
  t.same(next.told, [], 'its holder is gone');
});

t.test('nobody is waited for without an end, and a holder that is suspended is called so', async (t) => {
  const { folder, child, text } = await other(t);
  const path = join(folder, 'turn.lock');
  writeFileSync(path, text);
  child.kill('SIGSTOP');
  const isLinux = process.platform === 'linux';
  if (isLinux) await until(() => / T /.test(readFileSync(`/proc/${child.pid}/stat`, 'utf8')));
  const clock = { monotonicMs: 0 };
  const { turn, wait } = asked({ path, clock });
  const refused = t.rejects(turn, {
    code: 'turn_timeout',
    message: isLinux ? /^Waited 30m \(jobs.turn_timeout\) for .*process \d+, which is suspended/ : /^Waited 30m/,
  });
  await until(() => wait.current !== undefined);
  if (isLinux) t.match(wait.current?.holder, 'suspended');
  clock.monotonicMs = 30 * MINUTE_MS - 1;
  t.match(wait.current, { seconds: 30 * 60 - 0.001 });
  clock.monotonicMs += 1;
  await refused;
  t.equal(readFileSync(path, 'utf8'), text, 'its lock stays');
});

t.test('the benchmark of the service is waited for by those who hold another lock', async (t) => {
  const { folder, child, text } = await other(t);
  const servicePath = join(folder, 'benchmark.lock');
  writeFileSync(servicePath, text);
  const { turn, wait, told } = asked({ path: join(folder, 'own.lock'), servicePath });
  await until(() => wait.current !== undefined);
  t.match(told, [/^Waiting for benchmark 00000000/]);
  const exit = once(child, 'exit');
  child.send('go');
  await exit;
  await (await turn)();
  t.equal(readFileSync(servicePath, 'utf8'), text, 'it is not ours to remove');
});

t.test('what is no file of ours neither holds a benchmark up nor is written to', async (t) => {
  const folder = t.testdir({ 'victim.txt': 'untouched', folder: {} });
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  symlinkSync(join(folder, 'victim.txt'), join(folder, 'link'));
  symlinkSync(pipe, join(folder, 'link-to-pipe'));
  for (const name of ['pipe', 'link', 'link-to-pipe', 'folder', join('absent', 'lock'), join('victim.txt', 'lock')]) {
    const { told, turn } = asked({ path: join(folder, name), servicePath: pipe });
    await (await turn)();
    t.match(told, [/^Cannot .* This benchmark takes no turns with others on this machine\.$/], name);
  }
  t.equal(readFileSync(join(folder, 'victim.txt'), 'utf8'), 'untouched');
});

t.test('a lock that another user put there holds nobody up', { skip: !isRoot && 'needs root' }, async (t) => {
  const { folder, text } = await other(t);
  const path = join(folder, 'turn.lock');
  writeFileSync(path, text);
  chownSync(path, NOBODY, NOBODY);
  const { told, turn } = asked({ path });
  await (await turn)();
  t.match(told, [/belongs to another user \(65534\)/]);
  t.equal(readFileSync(path, 'utf8'), text);
});

t.test('what another user left behind and nobody else may remove stops no benchmark', async (t) => {
  const left = JSON.stringify({ pid: 2 ** 30, purpose: 'benchmark 00000000', since: '2026-01-01', started: null });
  const folder = t.testdir({ 'turn.lock': left });
  chmodSync(folder, 0o555);
  // Permissions do not hold for root.
  if (isRoot) process.seteuid?.(NOBODY);
  const { told, turn } = asked({ path: join(folder, 'turn.lock') });
  try {
    await (await turn)();
  } finally {
    if (isRoot) process.seteuid?.(0);
    chmodSync(folder, 0o755);
  }
  t.match(told, [/turn\.lock/]);
  t.equal(readFileSync(join(folder, 'turn.lock'), 'utf8'), left);
});

t.test("lies in the user's own folder, else the service's, else under a name of the user's own", async (t) => {
  const folder = t.testdir({ session: {}, service: {}, tmp: {}, open: {} });
  const at = (name: string) => join(folder, name);
  chmodSync(at('session'), 0o700);
  chmodSync(at('open'), 0o777);
  const places = (session: string | undefined, service: string) => ({
    environment: session === undefined ? {} : { XDG_RUNTIME_DIR: session },
    // No such user: what /run/user has on this machine is no part of the test.
    uid: session === undefined ? 2 ** 30 : uid,
    temporaryFolder: at('tmp'),
    serviceFolder: at(service),
  });
  t.equal(machineLockFile(places(at('session'), 'service')), join(at('session'), 'typhon-benchmark.lock'));
  t.equal(machineLockFile(places(at('open'), 'service')), join(at('service'), 'benchmark.lock'), 'others write to it');
  t.equal(machineLockFile(places(at('absent'), 'service')), join(at('service'), 'benchmark.lock'));
  t.equal(machineLockFile(places('session', 'absent')), join(at('tmp'), `typhon-benchmark-${uid}.lock`), 'relative');
  t.equal(machineLockFile(places(undefined, 'absent')), join(at('tmp'), `typhon-benchmark-${2 ** 30}.lock`));
  symlinkSync(at('session'), at('linked'));
  t.equal(machineLockFile(places(at('linked'), 'absent')), join(at('tmp'), `typhon-benchmark-${uid}.lock`));
  mkdirSync(at('foreign'), { mode: 0o700 });
  if (isRoot) chownSync(at('foreign'), NOBODY, NOBODY);
  if (isRoot) t.match(machineLockFile(places(at('foreign'), 'absent')), at('tmp'));
  t.equal(serviceLockFile({ serviceFolder: '/run/typhon' }), '/run/typhon/benchmark.lock');
});
