import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { endedJob, type Job, pendingJob, startedJob } from '../../src/jobs/job.js';
import { JobStore } from '../../src/jobs/job-store.js';
import { jobBench } from '../fixtures/job-bench.js';

const at = (second: number) => new Date(Date.UTC(2026, 10, 21, 14, 0, second));

function job(id: string, second: number): Job {
  return pendingJob(id, { mode: 'quick', trigger: 'api' }, at(second));
}

t.test('newest first, by pages, by status', async (t) => {
  const { store } = jobBench(t);
  for (let index = 0; index < 5; index += 1) {
    const pending = pendingJob(`0000000${index}`, { mode: 'quick', trigger: 'api' }, at(index));
    await store.put(index % 2 === 0 ? pending : endedJob(pending, { status: 'cancelled' }, at(index)));
  }
  const ids = (page: Job[]) => page.map(({ job_id }) => job_id.at(-1)).join('');
  t.equal(ids(store.page({ limit: 10 })), '43210');
  t.equal(ids(store.page({ limit: 2 })), '43');
  t.equal(ids(store.page({ limit: 2, before: '00000003' })), '21');
  t.equal(ids(store.page({ limit: 10, status: 'cancelled' })), '31');
  t.equal(ids(store.page({ limit: 10, before: 'ffffffff' })), '');
  t.equal(ids(store.active()), '024', 'oldest first');
});

t.test('by mode, by trigger or by its kind', async (t) => {
  const { store } = jobBench(t);
  const asked = [
    { mode: 'quick', trigger: 'api' },
    { mode: 'full', trigger: 'schedule:nightly' },
    { mode: 'quick', trigger: 'schedule:six-hourly' },
    { mode: 'full', trigger: 'cli' },
  ] as const;
  for (const [index, request] of asked.entries()) await store.put(pendingJob(`0000000${index}`, request, at(index)));
  const ids = (page: object) => store.page({ limit: 10, ...page }).map(({ job_id }) => job_id.at(-1));
  t.same(ids({ mode: 'full' }), ['3', '1']);
  t.same(ids({ trigger: 'schedule' }), ['2', '1']);
  t.same(ids({ trigger: 'schedule:nightly' }), ['1']);
  t.same(ids({ trigger: 'schedule:night' }), []);
  t.same(ids({ trigger: 'api', mode: 'quick', status: 'pending' }), ['0']);
});

t.test(
  'comes back after a restart in the order of the asking; what is no job is left in place and named',
  async (t) => {
    const { store, paths, logger, logged } = jobBench(t);
    for (const [id, second] of [
      ['cccccccc', 1],
      ['aaaaaaaa', 2],
      ['bbbbbbbb', 3],
    ] as const)
      await store.put(job(id, second));
    writeFileSync(join(paths.jobs, 'dddddddd.json'), '{"job_id":"dddddddd","sta');
    writeFileSync(join(paths.jobs, 'eeeeeeee.json'), '{"job_id":"eeeeeeee"}');
    writeFileSync(join(paths.jobs, 'notes.txt'), 'not ours');
    const restored = new JobStore(paths);
    await restored.restore(logger, new Date());
    t.same(
      restored.page({ limit: 10 }).map(({ job_id }) => job_id),
      ['bbbbbbbb', 'aaaaaaaa', 'cccccccc'],
    );
    t.same(restored.get('aaaaaaaa'), store.get('aaaaaaaa'));
    t.match(logged.map(({ file }) => String(file).slice(-13)).sort(), ['dddddddd.json', 'eeeeeeee.json']);
    t.ok(readdirSync(paths.jobs).includes('dddddddd.json'));
  },
);

t.test('jobs of a time when the clock was ahead are not the newest for ever', async (t) => {
  const { store, paths, logger } = jobBench(t);
  await store.restore(logger, at(0));
  await store.put(job('aaaaaaaa', 3600 * 24 * 365));
  await store.put(job('bbbbbbbb', 1));
  const next = new JobStore(paths);
  await next.restore(logger, at(2));
  await next.put(job('cccccccc', 2));
  await next.put({ ...job('aaaaaaaa', 3600 * 24 * 365), preserved: true });
  const last = new JobStore(paths);
  await last.restore(logger, at(3));
  const newestFirst = last.page({ limit: 10 });
  t.same(
    newestFirst.map(({ job_id }) => job_id),
    ['cccccccc', 'bbbbbbbb', 'aaaaaaaa'],
  );
  t.notOk('sequence' in (newestFirst[0] ?? {}), "what keeps the order is nobody else's business");
});

t.test('a job that another process works on is its own until that process is gone', async (t) => {
  const { store, paths, logger } = jobBench(t);
  const running = startedJob(pendingJob('a3f1c820', { mode: 'quick', trigger: 'cli' }, at(0)), at(1));
  await store.put(running);
  const file = join(paths.jobs, 'a3f1c820.json');
  const content = JSON.parse(readFileSync(file, 'utf8'));
  t.match(content.process, { pid: process.pid });
  const idle = join(paths.root, 'idle.mjs');
  writeFileSync(idle, "process.on('message', () => process.disconnect());");
  const worker = fork(idle);
  t.teardown(() => worker.kill('SIGKILL'));
  await once(worker, 'spawn');
  writeFileSync(file, JSON.stringify({ ...content, process: { pid: worker.pid, started: null } }));
  const during = new JobStore(paths);
  await during.restore(logger, at(2));
  t.equal(during.get('a3f1c820'), undefined);
  const exit = once(worker, 'exit');
  worker.kill('SIGKILL');
  await exit;
  const after = new JobStore(paths);
  await after.restore(logger, at(3));
  t.match(after.active(), [{ job_id: 'a3f1c820' }]);
  t.notOk('process' in (after.get('a3f1c820') ?? {}));
  const ended = endedJob(running, { status: 'cancelled' }, at(4));
  await after.put(ended);
  t.notOk('process' in JSON.parse(readFileSync(file, 'utf8')), 'nobody works on a job that has ended');
});

t.test('the last state wins on disk, however quickly they follow', async (t) => {
  const { store, paths } = jobBench(t);
  const pending = pendingJob('a3f1c820', { mode: 'quick', trigger: 'api' }, at(0));
  const running = startedJob(pending, at(1));
  const done = endedJob(running, { status: 'error', error: 'timeout', detail: 'no token' }, at(2));
  await Promise.all([store.put(pending), store.put(running), store.put(done)]);
  t.same(JSON.parse(readFileSync(join(paths.jobs, 'a3f1c820.json'), 'utf8')), done);
  t.match(done, { error: 'timeout', error_detail: 'no token' });
});

t.test('a job that begins as soon as it is asked for is written once', async (t) => {
  const { store, paths } = jobBench(t);
  const pending = pendingJob('a3f1c820', { mode: 'quick', trigger: 'api' }, at(0));
  const running = startedJob(pending, at(1));
  const file = join(paths.jobs, 'a3f1c820.json');
  const seen: unknown[] = [];
  const asked = store.put(pending).then(() => seen.push(JSON.parse(readFileSync(file, 'utf8')).status));
  await Promise.all([asked, store.put(running)]);
  t.same(seen, ['running'], 'the older state is never on disk');
  await store.put(endedJob(running, { status: 'cancelled' }, at(2)));
  t.equal(JSON.parse(readFileSync(file, 'utf8')).status, 'cancelled', 'and the next one is written again');
});

t.test('a state that could not be written is told to whoever waits for it, and the next one is tried', async (t) => {
  const { store, paths } = jobBench(t);
  const pending = pendingJob('a3f1c820', { mode: 'quick', trigger: 'api' }, at(0));
  rmSync(paths.jobs, { recursive: true });
  const asked = [store.put(pending), store.put(startedJob(pending, at(1)))];
  for (const put of asked) await t.rejects(put, { name: 'StorageError' });
  mkdirSync(paths.jobs, { recursive: true });
  await store.put(pending);
  t.equal(JSON.parse(readFileSync(join(paths.jobs, 'a3f1c820.json'), 'utf8')).status, 'pending');
});

t.test('tells every new state to whoever listens, until told not to', async (t) => {
  const { store, paths } = jobBench(t);
  const seen: string[] = [];
  const leave = store.subscribe(({ status }) => seen.push(status));
  const pending = pendingJob('a3f1c820', { mode: 'quick', trigger: 'api' }, at(0));
  await store.put(pending);
  store.note(startedJob(pending, at(1)));
  leave();
  store.note(pending);
  t.same(seen, ['pending', 'running']);
  t.equal(
    JSON.parse(readFileSync(join(paths.jobs, 'a3f1c820.json'), 'utf8')).status,
    'pending',
    'a note is not written',
  );
});

t.test('whoever waits for the end of a job hears of it, also afterwards', async (t) => {
  const { store } = jobBench(t);
  const pending = pendingJob('a3f1c820', { mode: 'quick', trigger: 'api' }, at(0));
  await store.put(pending);
  const other = pendingJob('b3f1c820', { mode: 'quick', trigger: 'api' }, at(0));
  await store.put(other);
  let hasEnded = false;
  const ended = store.ended('a3f1c820').then((job) => {
    hasEnded = true;
    return job;
  });
  store.note(startedJob(pending, at(1)));
  store.note(endedJob(other, { status: 'cancelled' }, at(2)));
  await Promise.resolve();
  t.equal(hasEnded, false);
  store.note(endedJob(pending, { status: 'error', error: 'timeout' }, at(3)));
  t.match(await ended, { job_id: 'a3f1c820', status: 'error' });
  t.match(await store.ended('b3f1c820'), { status: 'cancelled' });
});

t.test('a job that is removed is gone, from disk too', async (t) => {
  const { store, paths } = jobBench(t);
  await store.put(job('a3f1c820', 0));
  await store.put(job('b3f1c820', 1));
  await store.remove('a3f1c820');
  await store.remove('a3f1c820');
  t.equal(store.get('a3f1c820'), undefined);
  t.same(readdirSync(paths.jobs), ['b3f1c820.json']);
  t.equal(store.page({ limit: 9 }).length, 1);
});
