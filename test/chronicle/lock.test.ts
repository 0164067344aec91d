import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { takeLock } from '../../src/chronicle/lock.js';
import { forkPlainly } from '../fixtures/plain-process.js';
import { until } from '../fixtures/typhon-process.js';

const now = () => new Date('2026-11-21T14:30:45.123Z');

function request(folder: string) {
  return { path: join(folder, 'agent.lock'), purpose: "typhon's agent", now };
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  if (child.pid === undefined) throw new Error('it did not start');
  return child.pid;
}

t.test('one holds it, the next learns who; a lock given back can be taken', async (t) => {
  const folder = t.testdir({});
  const first = await takeLock(request(folder));
  if (first.held) throw new Error('nobody held it');
  t.match(await takeLock(request(folder)), {
    held: true,
    by: { pid: process.pid, purpose: "typhon's agent", since: '2026-11-21T14:30:45.123Z' },
  });
  await first.release();
  t.same(readdirSync(folder), []);
  t.equal((await takeLock(request(folder))).held, false);
});

t.test(
  'a holder that has ended, though nobody has waited for it yet, holds nothing',
  { skip: process.platform === 'linux' ? false : 'only Linux tells' },
  async (t) => {
    const folder = t.testdir({});
    // The second program in its place waits for no child of the first, which ends only then.
    const script = 'cat <&3 & echo $!; exec sleep 100 3<&-';
    const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
    t.teardown(() => parent.kill('SIGKILL'));
    const [line] = await once(parent.stdio[1] as Readable, 'data');
    const pid = Number(line);
    await until(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8') === 'sleep\n');
    (parent.stdio[3] as Writable).end();
    const holder = { pid, purpose: "typhon's agent", since: now().toISOString(), started: null };
    writeFileSync(request(folder).path, JSON.stringify(holder));
    await until(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '));
    t.equal((await takeLock(request(folder))).held, false);
  },
);

t.test('of many at once one gets it', async (t) => {
  const folder = t.testdir({});
  const attempts = await Promise.all(Array.from({ length: 20 }, () => takeLock(request(folder))));
  t.equal(attempts.filter(({ held }) => !held).length, 1);
});

t.test('one left by a process that is gone is taken over, by one of many', async (t) => {
  const folder = t.testdir({});
  const left = { pid: await deadPid(), purpose: "typhon's agent", since: now().toISOString(), started: '1' };
  writeFileSync(request(folder).path, JSON.stringify(left));
  const attempts = await Promise.all(Array.from({ length: 20 }, () => takeLock(request(folder))));
  t.equal(attempts.filter(({ held }) => !held).length, 1);
  t.equal(JSON.parse(readFileSync(request(folder).path, 'utf8')).pid, process.pid);
});

t.test(
  'a pid that has come again is another process',
  { skip: process.platform !== 'linux' && 'needs /proc' },
  async (t) => {
    const folder = t.testdir({});
    const left = { pid: process.pid, purpose: "typhon's agent", since: now().toISOString(), started: '1' };
    writeFileSync(request(folder).path, JSON.stringify(left));
    t.equal((await takeLock(request(folder))).held, false);
  },
);

t.test("a taking over that was cut short is in nobody's way", async (t) => {
  const folder = t.testdir({});
  const left = { pid: await deadPid(), purpose: "typhon's agent", since: now().toISOString(), started: '1' };
  for (const claim of [JSON.stringify(left), '']) {
    writeFileSync(join(folder, 'agent.lock'), JSON.stringify(left));
    writeFileSync(join(folder, 'agent.lock.takeover'), claim);
    t.equal((await takeLock(request(folder))).held, false);
    t.same(readdirSync(folder), ['agent.lock']);
  }
});

t.test('a file that says nothing is taken over', async (t) => {
  for (const content of ['', '{"pid":', '{"pid":"many"}']) {
    const folder = t.testdir({});
    writeFileSync(request(folder).path, content);
    t.equal((await takeLock(request(folder))).held, false, JSON.stringify(content));
  }
});

t.test('a folder that takes no file is told as such', async (t) => {
  await t.rejects(takeLock(request(join(t.testdir({}), 'missing'))), { name: 'StorageError', code: 'not_found' });
});

const withoutLinks = new URL('../fixtures/preloads/without-hard-links.mjs', import.meta.url).href;

for (const { disk, flags } of [
  { disk: 'a disk', flags: [] },
  { disk: 'a disk without hard links', flags: ['--import', withoutLinks] },
]) {
  t.test(`on ${disk} one of several processes gets it, a new one or one left behind`, async (t) => {
    const program = fileURLToPath(new URL('../fixtures/lock-taker.ts', import.meta.url));
    const takers = Array.from({ length: 4 }, () => forkPlainly(program, [], flags));
    t.teardown(() => {
      for (const taker of takers) taker.disconnect();
    });
    await Promise.all(takers.map((taker) => once(taker, 'message')));
    const folder = t.testdir({});
    const left = { pid: await deadPid(), purpose: "typhon's agent", since: now().toISOString(), started: '1' };
    for (let round = 0; round < 40; round += 1) {
      const path = join(folder, String(round));
      if (round % 2 === 0) writeFileSync(path, JSON.stringify(left));
      const answers = takers.map((taker) => once(taker, 'message'));
      for (const taker of takers) taker.send(path);
      const taken = (await Promise.all(answers)).filter(([answer]) => answer.taken);
      t.equal(taken.length, 1, round % 2 === 0 ? 'left behind' : 'new');
    }
    t.equal(readdirSync(folder).length, 40, 'nothing else is left');
  });
}
