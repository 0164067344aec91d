import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { JobLogs } from '../../src/jobs/job-log.js';
import { jobBench } from '../fixtures/job-bench.js';

const ID = 'a3f1c820';
const now = () => new Date('2026-11-21T14:30:45.123Z');
const never = new AbortController().signal;

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const line of lines) found.push(line.replace('2026-11-21T14:30:45.123Z ', ''));
  return found;
}

function bench(t: Parameters<typeof jobBench>[0]): { logs: JobLogs; file: string; folder: string } {
  const { logs, paths } = jobBench(t, { now });
  return { logs, file: join(paths.logs, `${ID}.log`), folder: paths.logs };
}

t.test('every line is stamped and on disk once the log is closed', async (t) => {
  const { logs, file } = bench(t);
  const log = logs.open(ID);
  log.write('one');
  log.write('two\nthree\r\nfour');
  t.same(await all(logs.lines(ID)), ['one', 'two', 'three', 'four'], 'readable while it grows');
  await log.close();
  t.equal(
    readFileSync(file, 'utf8'),
    ['one', 'two', 'three', 'four'].map((line) => `2026-11-21T14:30:45.123Z ${line}\n`).join(''),
  );
  t.same(await all(logs.lines(ID)), ['one', 'two', 'three', 'four'], 'and afterwards');
});

t.test('many follow, each from the start and at its own pace', async (t) => {
  const { logs } = bench(t);
  const log = logs.open(ID);
  log.write('one');
  const early = all(logs.follow(ID, never));
  const slow = logs.follow(ID, never);
  t.match((await slow.next()).value, / one$/);
  log.write('two');
  const late = all(logs.follow(ID, never));
  log.write('three');
  await log.close();
  t.same(await early, ['one', 'two', 'three']);
  t.same(await late, ['one', 'two', 'three']);
  t.same(await all(slow), ['two', 'three'], 'one that comes back after the end gets the rest');
  t.same(await all(logs.follow(ID, never)), ['one', 'two', 'three'], 'a follower of an ended job gets it whole');
});

t.test('a follower that leaves is waited for by nobody', async (t) => {
  const { logs } = bench(t);
  const log = logs.open(ID);
  const gone = new AbortController();
  const following = all(logs.follow(ID, gone.signal));
  log.write('one');
  gone.abort();
  t.ok((await following).length <= 1);
  t.same(await all(logs.follow(ID, AbortSignal.abort())), []);
  await log.close();
});

t.test('a log goes on after a restart', async (t) => {
  const { logs, file } = bench(t);
  const before = logs.open(ID);
  before.write('one');
  await before.close();
  const after = logs.open(ID);
  after.write('two');
  t.same(await all(logs.lines(ID)), ['one', 'two']);
  await after.close();
  t.equal(readFileSync(file, 'utf8').split('\n').length, 3);
});

t.test('of what is no job there are no lines', async (t) => {
  const { logs } = bench(t);
  t.same(await all(logs.lines(ID)), []);
});

t.test('a disk that takes nothing: writing never throws, closing tells, followers see every line', async (t) => {
  const { logs, folder } = bench(t);
  await rm(folder, { recursive: true });
  const log = logs.open(ID);
  const following = all(logs.follow(ID, never));
  t.doesNotThrow(() => log.write('one'));
  await t.rejects(log.close(), { code: 'ENOENT' });
  t.same(await following, ['one']);
});
