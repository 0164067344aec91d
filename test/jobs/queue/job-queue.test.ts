import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { Job } from '../../../src/jobs/job.js';
import type { SkippedJob } from '../../../src/jobs/job-skip.js';
import { DONE, jobBench, reached } from '../../fixtures/job-bench.js';

const api = { mode: 'quick', trigger: 'api' } as const;
const nightly = { mode: 'full', trigger: 'schedule:nightly', target: 'here' } as const;

function onDisk(jobs: string, id: string): Job {
  return JSON.parse(readFileSync(join(jobs, `${id}.json`), 'utf8'));
}

t.test('pending, running with its progress, done: in memory and on disk', async (t) => {
  const { queue, store, begin, paths, logs } = jobBench(t);
  const seen: Job[] = [];
  store.subscribe((job) => seen.push(job));
  const job = await queue.submit(api, 'reject');
  t.match(job, { status: 'pending', job_id: /^[0-9a-f]{8}$/, progress: { done: 0, total: null, current_test: null } });
  const { work, end } = await begin(0);
  t.equal(work.job.job_id, job.job_id);
  work.chosen('here', 'llama');
  work.progress({ done: 1, total: 3, current_test: 'Baseline' });
  t.match(queue.running, { target: 'here', model: 'llama', progress: { done: 1, total: 3 } });
  work.log.write('halfway');
  t.equal(work.commit(), true);
  end(DONE);
  await reached(store, job.job_id, 'done');
  t.same(
    seen.map(({ status }) => status),
    ['pending', 'running', 'running', 'running', 'done'],
  );
  await queue.stop('test');
  t.match(onDisk(paths.jobs, job.job_id), {
    status: 'done',
    run_id: '2026-11-21_14-30-45.123_a3f1c820',
    progress: { done: 1, total: 3, current_test: null },
  });
  const lines: string[] = [];
  for await (const line of logs.lines(job.job_id)) lines.push(line.replace(/^\S+ /, ''));
  t.same(lines, ['halfway', 'Done. Recorded as 2026-11-21_14-30-45.123_a3f1c820.']);
});

t.test('the log of a job whose server went away ends with how many tests that left undone', async (t) => {
  const { queue, store, logs, begin } = jobBench(t);
  const { job_id: id } = await queue.submit(api, 'reject');
  (await begin(0)).end({ status: 'done', runId: '2026-11-21_14-30-45.123_a3f1c820', undone: 3 });
  await reached(store, id, 'done');
  await queue.stop('test');
  const lines: string[] = [];
  for await (const line of logs.lines(id)) lines.push(line.replace(/^\S+ /, ''));
  t.same(lines, [
    'Done, but 3 tests were not run: the server went away. Recorded as 2026-11-21_14-30-45.123_a3f1c820.',
  ]);
});

t.test('who sees that a job has ended may start the next at once', async (t) => {
  const { queue, store, begin } = jobBench(t);
  const first = await queue.submit(api, 'reject');
  const next = new Promise<Job>((resolve, reject) => {
    store.subscribe((job) => {
      if (job.job_id === first.job_id && job.status === 'done') queue.submit(api, 'reject').then(resolve, reject);
    });
  });
  (await begin(0)).end(DONE);
  t.not((await next).job_id, first.job_id);
  await begin(1);
  t.equal(queue.running?.job_id, (await next).job_id);
});

t.test('of 200 at once one is taken', async (t) => {
  const { queue, begun, begin, store } = jobBench(t);
  const asked = await Promise.allSettled(Array.from({ length: 200 }, () => queue.submit(api, 'reject')));
  const taken = asked.filter(({ status }) => status === 'fulfilled');
  t.equal(taken.length, 1);
  await begin(0);
  t.equal(begun.length, 1);
  t.equal(store.page({ limit: 1000 }).length, 1);
  for (const answer of asked) {
    if (answer.status === 'rejected') t.match(answer.reason, { code: 'busy', jobId: queue.running?.job_id });
  }
});

t.test('one after the other: the API before schedules, first come first served within each', async (t) => {
  const { queue, begin, begun, store } = jobBench(t);
  const order = [
    await queue.submit({ ...api, target: 'first' }, 'queue'),
    await queue.submit({ ...nightly, target: 'scheduled 1' }, 'queue'),
    await queue.submit({ ...nightly, target: 'scheduled 2' }, 'queue'),
    await queue.submit({ ...api, target: 'api 1' }, 'queue'),
    await queue.submit({ ...api, target: 'api 2' }, 'queue'),
  ];
  for (let index = 0; index < order.length; index += 1) {
    const { work, end } = await begin(index);
    t.equal(begun.length, index + 1, 'one at a time');
    end(DONE);
    await reached(store, work.job.job_id, 'done');
  }
  t.same(
    begun.map(({ work }) => work.job.target),
    ['first', 'api 1', 'api 2', 'scheduled 1', 'scheduled 2'],
  );
});

t.test('a schedule never has two runs of one target waiting', async (t) => {
  const { queue, begin } = jobBench(t);
  await queue.submit(nightly, 'queue');
  await begin(0);
  const waiting = await queue.submit(nightly, 'queue');
  await t.rejects(queue.submit(nightly, 'queue'), { code: 'busy', jobId: waiting.job_id });
  await queue.submit({ ...nightly, target: 'there' }, 'queue');
  await queue.submit({ ...nightly, trigger: 'schedule:weekly' }, 'queue');
  t.equal(queue.waiting.length, 3);
});

t.test('a full queue takes no more, and leaves no trace of what it refused', async (t) => {
  const { queue, begin, store } = jobBench(t, { maxQueued: () => 2 });
  await queue.submit(api, 'queue');
  await begin(0);
  await queue.submit(api, 'queue');
  await queue.submit(api, 'queue');
  await t.rejects(queue.submit(api, 'queue'), { code: 'queue_full', message: 'queue full' });
  t.equal(store.page({ limit: 10 }).length, 3);
});

t.test('the jobs of one asking take one place together, and are refused together', async (t) => {
  const { queue, begin, store } = jobBench(t, { maxQueued: () => 2 });
  await queue.submit(api, 'queue');
  await begin(0);
  const [batch, other] = [Symbol('models'), Symbol('models')];
  const of = (models: readonly string[], one: symbol) =>
    Promise.allSettled(models.map((model) => queue.submit({ ...api, model, batch: one }, 'queue')));
  for (const { status } of await of(['a', 'b', 'c'], batch)) t.equal(status, 'fulfilled');
  await queue.submit(api, 'queue');
  t.match(
    (await of(['d', 'e'], other)).map((one) => one.status === 'rejected' && one.reason),
    [{ code: 'queue_full' }, { code: 'queue_full' }],
  );
  t.same(
    queue.waiting.map(({ model }) => model),
    ['a', 'b', 'c', null],
  );
  t.equal(store.page({ limit: 10 }).length, 5, 'no trace of what was refused');
});

t.test('an asking for several models that will not queue is taken whole where nothing runs', async (t) => {
  const { queue } = jobBench(t);
  const batch = Symbol('models');
  const models = ['a', 'b', 'c'];
  const asked = models.map((model) => queue.submit({ ...api, model, batch }, 'reject'));
  await t.rejects(queue.submit({ ...api, batch: Symbol('models') }, 'reject'), { code: 'busy' });
  t.same(
    (await Promise.all(asked)).map(({ model }) => model),
    models,
  );
});

t.test('a waiting job is refused to those who will not queue, though nothing runs yet', async (t) => {
  const { queue } = jobBench(t);
  const [first, second] = await Promise.allSettled([queue.submit(api, 'reject'), queue.submit(api, 'reject')]);
  t.equal(first?.status, 'fulfilled');
  t.match(second, { status: 'rejected', reason: { code: 'busy' } });
});

t.test('cancels a running job, and answers when it has ended', async (t) => {
  const { queue, begin, store, paths } = jobBench(t);
  const { job_id } = await queue.submit(api, 'reject');
  const { work } = await begin(0);
  const [first, second] = await Promise.all([queue.cancel(job_id), queue.cancel(job_id)]);
  t.equal(first.status, 'cancelled');
  t.equal(second.status, 'cancelled', 'whoever asked while it was stopping gets the same answer');
  t.equal(work.commit(), false, 'nothing may be recorded any more');
  t.equal(store.get(job_id)?.status, 'cancelled');
  t.equal(onDisk(paths.jobs, job_id).status, 'cancelled');
  await t.rejects(queue.cancel(job_id), { code: 'not_active', message: /status: cancelled/ });
  t.equal(queue.running, undefined);
});

t.test('cancels a waiting job, which never begins', async (t) => {
  const { queue, begin, begun, store } = jobBench(t);
  const running = await queue.submit(api, 'queue');
  await begin(0);
  const waiting = await queue.submit(api, 'queue');
  const [first, second] = await Promise.allSettled([queue.cancel(waiting.job_id), queue.cancel(waiting.job_id)]);
  t.match(first, { status: 'fulfilled', value: { status: 'cancelled', started_at: null } });
  t.match(second, { status: 'rejected', reason: { code: 'not_active', message: /status: cancelled/ } });
  t.equal(store.get(running.job_id)?.status, 'running', 'the running one goes on');
  begun[0]?.end(DONE);
  await reached(store, running.job_id, 'done');
  await queue.stop('test');
  t.equal(begun.length, 1);
});

t.test('a job that is being recorded can no longer be cancelled', async (t) => {
  const { queue, begin, store } = jobBench(t, { obeys: false });
  const { job_id } = await queue.submit(api, 'reject');
  const { work, end } = await begin(0);
  t.equal(work.commit(), true);
  const cancelled = queue.cancel(job_id);
  end(DONE);
  await t.rejects(cancelled, { code: 'not_active', message: /status: done/ });
  t.equal(store.get(job_id)?.status, 'done');
});

t.test('a job that will not end is told so', async (t) => {
  const { queue, begin, store } = jobBench(t, { obeys: false, stopTimeoutMs: () => 1 });
  const { job_id } = await queue.submit(api, 'reject');
  const { end } = await begin(0);
  await t.rejects(queue.cancel(job_id), { code: 'not_stopped', jobId: job_id });
  t.equal(store.get(job_id)?.status, 'running');
  await t.rejects(queue.submit(api, 'reject'), { code: 'busy' });
  end({ status: 'cancelled' });
  await reached(store, job_id, 'cancelled');
});

t.test('cancelling nobody', async (t) => {
  const { queue } = jobBench(t);
  await t.rejects(queue.cancel('00000000'), { code: 'not_found', message: "Job '00000000' not found." });
});

t.test('work that throws is an error of its job alone', async (t) => {
  let calls = 0;
  const { queue, store } = jobBench(t, {
    work: async () => {
      calls += 1;
      if (calls === 1) throw new Error('out of luck');
      return DONE;
    },
  });
  const first = await queue.submit(api, 'reject');
  await reached(store, first.job_id, 'error');
  t.match(store.get(first.job_id), { error: 'out of luck' });
  const second = await queue.submit(api, 'reject');
  await reached(store, second.job_id, 'done');
  await queue.stop('test');
});

t.test('after a restart jobs of the API wait again, and all else that was active is interrupted', async (t) => {
  const before = jobBench(t);
  const running = await before.queue.submit(api, 'queue');
  await before.begin(0);
  const scheduled = await before.queue.submit(nightly, 'queue');
  const waiting = await before.queue.submit({ ...api, target: 'later' }, 'queue');

  const after = jobBench(t, { root: before.paths.root });
  await after.store.restore(after.logger, new Date());
  await after.queue.recover();
  const early = await after.queue.submit(api, 'queue');
  t.equal(after.queue.running, undefined, 'nothing begins before the agent listens');
  after.queue.start();
  t.match(after.store.get(running.job_id), { status: 'interrupted', error: /ended while/ });
  t.equal(onDisk(after.paths.jobs, running.job_id).status, 'interrupted');
  t.equal(onDisk(after.paths.jobs, scheduled.job_id).status, 'interrupted');
  const { work, end } = await after.begin(0);
  t.match(work.job, { job_id: waiting.job_id, target: 'later' });
  end(DONE);
  await reached(after.store, waiting.job_id, 'done');
  const next = await after.begin(1);
  t.equal(next.work.job.job_id, early.job_id, 'what was asked for meanwhile comes after it');
  next.end(DONE);
  await reached(after.store, early.job_id, 'done');
  t.equal(after.begun.length, 2);
  await Promise.all([before.queue.stop('test'), after.queue.stop('test')]);
});

t.test('stopping breaks off what runs, keeps what waits for the next start and takes nothing new', async (t) => {
  const { queue, begin, begun, store, paths } = jobBench(t);
  const running = await queue.submit(api, 'queue');
  await begin(0);
  const waiting = await queue.submit(api, 'queue');
  await queue.stop('the agent stops');
  t.match(onDisk(paths.jobs, running.job_id), { status: 'interrupted', error: /: the agent stops$/ });
  t.equal(onDisk(paths.jobs, waiting.job_id).status, 'pending');
  t.match(readFileSync(join(paths.logs, `${waiting.job_id}.log`), 'utf8'), 'the agent stops');
  await t.rejects(queue.submit(api, 'queue'), { code: 'queue_full' });
  t.equal(begun.length, 1);
  t.equal(store.get(waiting.job_id)?.status, 'pending');
});

t.test('tells of every job that has ended, once, however it ended', async (t) => {
  const told: string[] = [];
  const onEnded = ({ job_id, status }: Job) => void told.push(`${job_id} ${status}`);
  const before = jobBench(t);
  const running = await before.queue.submit(api, 'queue');
  await before.begin(0);
  const { queue, store, begin, logger } = jobBench(t, { root: before.paths.root, onEnded });
  await store.restore(logger, new Date());
  await queue.recover();
  queue.start();
  const failed = await queue.submit(api, 'queue');
  const waiting = await queue.submit(api, 'queue');
  await queue.cancel(waiting.job_id);
  const { end } = await begin(0);
  end({ status: 'error', error: 'timeout' });
  await reached(store, failed.job_id, 'error');
  const done = await queue.submit(api, 'queue');
  (await begin(1)).end(DONE);
  await reached(store, done.job_id, 'done');
  await queue.preserve(failed.job_id, true);
  await Promise.all([before.queue.stop('test'), queue.stop('test')]);
  // Each once its own file is written: two whose ends lie close together may be told of in either order.
  const ends = [
    `${running.job_id} interrupted`,
    `${waiting.job_id} cancelled`,
    `${failed.job_id} error`,
    `${done.job_id} done`,
  ];
  t.same(told.toSorted(), ends.toSorted());
});

t.test('keeps a run from retention, whatever the job does meanwhile', async (t) => {
  const { queue, begin, store, paths } = jobBench(t);
  const { job_id } = await queue.submit(api, 'queue');
  const { work, end } = await begin(0);
  t.equal((await queue.preserve(job_id, true)).preserved, true);
  work.progress({ done: 1, total: 1, current_test: null });
  end(DONE);
  await reached(store, job_id, 'done');
  await queue.stop('test');
  t.match(onDisk(paths.jobs, job_id), { status: 'done', preserved: true });
  t.equal((await queue.preserve(job_id, false)).preserved, false);
  await t.rejects(queue.preserve('00000000', true), { code: 'not_found' });
});

t.test('an id that is taken is not given twice', async (t) => {
  const ids = ['aaaaaaaa', 'aaaaaaaa', 'bbbbbbbb'];
  const { queue, begin } = jobBench(t, { newJobId: () => ids.shift() ?? 'cccccccc' });
  t.equal((await queue.submit(api, 'queue')).job_id, 'aaaaaaaa');
  await begin(0);
  t.equal((await queue.submit(api, 'queue')).job_id, 'bbbbbbbb');
});

t.test('a disk that takes nothing: the asking fails, no job stays behind, nothing else breaks', async (t) => {
  const { queue, begin, begun, store, paths } = jobBench(t);
  const first = await queue.submit(api, 'queue');
  await begin(0);
  await rm(paths.logs, { recursive: true });
  await t.rejects(queue.submit(api, 'queue'), { name: 'StorageError' });
  t.same(queue.waiting, []);
  t.match(store.page({ limit: 1 }), [{ status: 'error' }]);
  begun[0]?.end(DONE);
  await reached(store, first.job_id, 'done');
  await t.rejects(queue.submit(api, 'queue'), { name: 'StorageError' }, 'at once, where nothing runs');
  await queue.stop('test');
  t.equal(begun.length, 1);
  t.throws(() => readdirSync(paths.jobs));
});

const skip: SkippedJob = { status: 'skipped', reason: 'server_busy', detail: '2 of 4 slots in use' };

t.test('a job that is skipped in its turn is none: nothing of it is left, and the next one begins', async (t) => {
  const ended: Job[] = [];
  const { queue, begin, store, paths, logged } = jobBench(t, { onEnded: (job) => void ended.push(job) });
  const decisions: unknown[] = [];
  const skipped = await queue.submit(nightly, 'queue', (decision) => void decisions.push(decision));
  const next = await queue.submit(api, 'queue');
  (await begin(0)).end(skip);
  t.equal((await begin(1)).work.job.job_id, next.job_id);
  t.same(decisions, [skip]);
  t.equal(store.get(skipped.job_id), undefined);
  t.notOk(readdirSync(paths.jobs).includes(`${skipped.job_id}.json`));
  t.notOk(readdirSync(paths.logs).includes(`${skipped.job_id}.log`));
  t.same(ended, [], 'it has not ended: it has not been');
  t.match(
    logged.find(({ msg }) => msg === 'job skipped'),
    { job_id: skipped.job_id, reason: 'server_busy' },
  );
});

t.test('whether a job takes place is told once: when its target is chosen, or when it ends without', async (t) => {
  const { queue, begin, store } = jobBench(t);
  const told: string[] = [];
  const submit = (name: string) =>
    queue.submit({ ...api, target: name }, 'queue', (decision) => void told.push(`${name} ${decision?.reason}`));
  const first = await submit('first');
  const cancelled = await submit('cancelled');
  await submit('failing');
  await submit('waiting');
  const { work, end } = await begin(0);
  t.same(told, []);
  work.chosen('here', 'llama');
  t.same(told, ['first undefined']);
  end(DONE);
  await reached(store, first.job_id, 'done');
  await begin(1);
  await queue.cancel(cancelled.job_id);
  (await begin(2)).end({ status: 'error', error: 'connection_refused' });
  await begin(3);
  await queue.stop('test');
  t.same(
    told,
    ['first', 'cancelled', 'failing', 'waiting'].map((name) => `${name} undefined`),
  );
});

t.test('files of a skipped job that cannot be removed are told, and stop nobody', async (t) => {
  const { queue, begin, paths, logged } = jobBench(t);
  const decided = new Promise((resolve) => {
    void queue.submit(nightly, 'queue', resolve);
  });
  const { work, end } = await begin(0);
  const file = join(paths.jobs, `${work.job.job_id}.json`);
  await rm(file);
  mkdirSync(join(file, 'full'), { recursive: true });
  end(skip);
  t.same(await decided, skip);
  await queue.submit(api, 'queue');
  await begin(1);
  t.ok(logged.some(({ msg }) => msg === 'the files of a job that was skipped are still there'));
});
