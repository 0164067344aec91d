import t from 'tap';
import { type JobRequest, pendingJob } from '../../../src/jobs/job.js';
import { WaitingJobs } from '../../../src/jobs/queue/waiting-jobs.js';

const NOW = new Date('2026-11-28T12:00:00.000Z');
const api = { mode: 'quick', trigger: 'api' } as const;
const nightly = { mode: 'full', trigger: 'schedule:nightly', target: 'here' } as const;

let count = 0;
function job(request: JobRequest) {
  count += 1;
  return pendingJob(count.toString(16).padStart(8, '0'), request, NOW);
}

t.test('high priority, then what somebody waits for, then schedules; one that has begun before its like', async (t) => {
  const waiting = new WaitingJobs();
  const [scheduled, byHand, high] = [job(nightly), job(api), job({ ...api, priority: 'high' })];
  const begun = { ...job(api), started_at: NOW.toISOString() };
  for (const one of [scheduled, byHand, high, begun]) waiting.add(one);
  t.same(waiting.all, [high, begun, byHand, scheduled]);
  t.equal(waiting.first, high);
});

t.test('one that lets a scheduled run go first is passed over', async (t) => {
  const waiting = new WaitingJobs();
  const gives_way = { schedule: 'nightly', due_at: NOW.toISOString(), until: NOW.toISOString() };
  const [patient, scheduled] = [{ ...job(api), gives_way }, job(nightly)];
  for (const one of [patient, scheduled]) waiting.add(one);
  t.equal(waiting.first, patient);
  t.equal(waiting.take(), scheduled);
  t.equal(waiting.take(), undefined);
  const { gives_way: _, ...ready } = patient;
  waiting.replace(ready);
  t.equal(waiting.take(), ready);
  t.same(waiting.all, []);
});

t.test('a batch takes one place until none of it waits or runs', async (t) => {
  const waiting = new WaitingJobs();
  const batch = Symbol('models');
  const [one, other] = [job(api), job(api)];
  for (const each of [one, other]) waiting.add(each, batch);
  t.doesNotThrow(() => waiting.admitOne(2));
  t.throws(() => waiting.admitOne(1), { code: 'queue_full' });
  t.doesNotThrow(() => waiting.admit({ ...api, batch }, 1), 'one more of it needs no place');
  t.equal(waiting.remove(one.job_id), one);
  t.equal(waiting.remove(one.job_id), undefined);
  waiting.take();
  t.ok(waiting.isOneMore({ ...api, batch }), 'it runs');
  waiting.forget(other.job_id);
  t.notOk(waiting.isOneMore({ ...api, batch }));
});

t.test('the same run of a schedule does not wait twice', async (t) => {
  const waiting = new WaitingJobs();
  const first = job(nightly);
  waiting.add(first);
  t.throws(() => waiting.admit(nightly, 16), { code: 'busy', jobId: first.job_id });
  t.doesNotThrow(() => waiting.admit({ ...nightly, model: 'other' }, 16));
  t.same(waiting.removeAll(), [first]);
  t.doesNotThrow(() => waiting.admit(nightly, 16));
});
