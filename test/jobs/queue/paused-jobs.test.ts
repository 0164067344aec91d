import t from 'tap';
import { type Job, pausedJob, pendingJob, startedJob } from '../../../src/jobs/job.js';
import { RESUMABLE_MS } from '../../../src/jobs/queue/paused-jobs.js';
import { DONE, jobBench, reached } from '../../fixtures/job-bench.js';

const api = { mode: 'quick', trigger: 'api' } as const;
const nightly = { mode: 'full', trigger: 'schedule:nightly', target: 'here' } as const;
const HOUR_MS = 3_600_000;

t.test('high priority goes before what waits and has a scheduled run make room, which goes on by itself', async (t) => {
  const { queue, begin, store } = jobBench(t);
  const scheduled = await queue.submit(nightly, 'queue');
  const first = await begin(0);
  const waiting = await queue.submit(api, 'queue');
  const urgent = await queue.submit({ ...api, priority: 'high' }, 'reject');
  t.ok(first.work.pause.aborted, 'it is asked to pause');
  t.same(
    queue.waiting.map(({ job_id: id }) => id),
    [urgent.job_id, waiting.job_id],
  );
  first.end({ status: 'paused' });
  const second = await begin(1);
  t.equal(second.work.job.job_id, urgent.job_id);
  t.match(store.get(scheduled.job_id), { status: 'paused', resumes_itself: true });
  second.end(DONE);
  const third = await begin(2);
  t.equal(third.work.job.job_id, waiting.job_id, 'what somebody waits for goes before a schedule');
  third.end(DONE);
  const last = await begin(3);
  t.match(last.work.job, { job_id: scheduled.job_id, resumed_at: /Z$/ });
  last.end(DONE);
  await reached(store, scheduled.job_id, 'done');
});

t.test('one that somebody asked for by hand makes no room', async (t) => {
  const { queue, begin } = jobBench(t);
  const byHand = await queue.submit(api, 'queue');
  const { work } = await begin(0);
  await t.rejects(queue.submit({ ...api, priority: 'high' }, 'reject'), { code: 'busy', jobId: byHand.job_id });
  await queue.submit({ ...api, priority: 'high' }, 'queue');
  t.notOk(work.pause.aborted);
});

t.test('a job that waits is paused at once, others start, and it can be cancelled', async (t) => {
  const { queue, begin, store, logs } = jobBench(t);
  await queue.submit(api, 'queue');
  const { end } = await begin(0);
  const id = (await queue.submit(api, 'queue')).job_id;
  t.match(await queue.pause(id), { status: 'paused', started_at: null });
  await t.rejects(queue.pause(id), { code: 'not_active' });
  const other = await queue.submit(api, 'queue');
  end(DONE);
  t.equal((await begin(1)).work.job.job_id, other.job_id);
  t.match(await queue.cancel(id), { status: 'cancelled', started_at: null });
  await t.rejects(queue.resume(id), { code: 'not_resumable', message: /status: cancelled/ });
  t.same(store.paused(), []);
  const lines: string[] = [];
  for await (const line of logs.lines(id)) lines.push(line.replace(/^\S+ /, ''));
  t.same(lines.slice(1), ['Paused.', 'Cancelled before it started.']);
});

t.test('what has changed is told, and leaves the job as it is', async (t) => {
  const { queue, begin, store } = jobBench(t, { resumeRefusal: async () => 'the model was a and is b' });
  const { job_id: id } = await queue.submit(api, 'queue');
  const { end } = await begin(0);
  t.match(await queue.pause(id), { status: 'running', pausing: true });
  await t.rejects(queue.resume(id), { code: 'not_resumable', message: /still being paused/ });
  end({ status: 'paused' });
  await reached(store, id, 'paused');
  await t.rejects(queue.resume(id), {
    code: 'not_resumable',
    message: `Job '${id}' cannot go on: the model was a and is b.`,
  });
  t.equal(store.get(id)?.status, 'paused');
  await t.rejects(queue.resume('00000000'), { code: 'not_found' });
});

t.test('of two who resume at once one is granted it', async (t) => {
  const { queue, begin, store } = jobBench(t);
  const { job_id: id } = await queue.submit(api, 'queue');
  const { end } = await begin(0);
  await queue.pause(id);
  end({ status: 'paused', reason: 'the server does not answer' });
  await reached(store, id, 'paused');
  t.match(store.get(id), { reason: 'the server does not answer' });
  const answers = await Promise.allSettled([queue.resume(id), queue.resume(id)]);
  t.same(answers.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  t.equal((await begin(1)).work.job.job_id, id);
});

t.test('a job that was paused or interrupted more than 24 h ago says so', async (t) => {
  let now = new Date('2026-11-28T12:00:00.000Z');
  const { queue, store, begin } = jobBench(t, { now: () => now });
  const old = pausedJob(startedJob(pendingJob('a3f1c820', api, now), now), { resumesItself: false }, now);
  const broken: Job = {
    ...startedJob(pendingJob('b3f1c820', api, now), now),
    status: 'interrupted',
    finished_at: now.toISOString(),
    error: 'the agent ended while the job was active',
  };
  await store.put(old);
  await store.put(broken);
  now = new Date(now.getTime() + RESUMABLE_MS + HOUR_MS);
  await t.rejects(queue.resume('a3f1c820'), { code: 'not_resumable', message: /paused at 2026-11-28T12:00.*24 h ago/ });
  await t.rejects(queue.resume('b3f1c820'), { code: 'not_resumable', message: /interrupted at .*24 h ago/ });
  // At a start what has waited too long ends.
  await queue.recover();
  await reached(store, 'a3f1c820', 'interrupted');
  await t.rejects(queue.resume('a3f1c820'), { code: 'not_resumable', message: /paused for more than 24 h/ });
  now = new Date('2026-11-29T11:00:00.000Z');
  queue.start();
  await queue.resume('b3f1c820');
  t.equal((await begin(0)).work.job.job_id, 'b3f1c820');
});

t.test('what had made room before the agent ended goes on at the next start', async (t) => {
  const { queue, store, begin } = jobBench(t);
  const now = new Date();
  const running = startedJob(pendingJob('a3f1c820', nightly, now), now);
  await store.put(pausedJob(running, { resumesItself: true }, now));
  await queue.recover();
  t.equal(store.get('a3f1c820')?.status, 'paused');
  queue.start();
  t.match((await begin(0)).work.job, { job_id: 'a3f1c820', trigger: 'schedule:nightly' });
});
