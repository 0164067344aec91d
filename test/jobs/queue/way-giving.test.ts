import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type Job, pendingJob, startedJob } from '../../../src/jobs/job.js';
import { GRACE_MS, type UpcomingRun } from '../../../src/jobs/queue/way-giving.js';
import { DONE, type JobBenchOptions, jobBench, reached } from '../../fixtures/job-bench.js';
import { ManualClock } from '../../fixtures/manual-clock.js';

const MINUTE_MS = 60_000;
const JITTER_MS = 10 * MINUTE_MS;
const NOON = Date.parse('2026-11-28T12:00:00.000Z');
const DUE = new Date(NOON + 20 * MINUTE_MS);
const UNTIL = new Date(DUE.getTime() + JITTER_MS + GRACE_MS).toISOString();

const byHand = { mode: 'full', trigger: 'api', target: 'here' } as const;
const quick = { mode: 'quick', trigger: 'api', target: 'here' } as const;
const nightly = { mode: 'full', trigger: 'schedule:nightly', target: 'here' } as const;

const WAITS = { status: 'pending', gives_way: { schedule: 'nightly', due_at: DUE.toISOString(), until: UNTIL } };

interface WayBench extends JobBenchOptions {
  readonly upcoming?: readonly UpcomingRun[];
  readonly usualMs?: number;
  readonly isKnown?: boolean;
}

/** At noon, with a schedule due at 12:20 and full runs that take half an hour. */
function wayBench(t: Test, { upcoming, usualMs = 30 * MINUTE_MS, isKnown = true, ...options }: WayBench = {}) {
  const clock = new ManualClock(NOON);
  const schedules = { upcoming: upcoming ?? [{ schedule: 'nightly', dueAt: DUE, jitterMs: JITTER_MS }] };
  const bench = jobBench(t, {
    now: () => new Date(clock.nowMs()),
    wayGiving: { upcoming: () => schedules.upcoming, usualMs: () => (isKnown ? usualMs : undefined), clock },
    ...options,
  });
  /** To the moment at which the schedule is due, and beyond. */
  const comeDue = () => {
    clock.advance(DUE.getTime() - clock.nowMs());
    schedules.upcoming = [
      { schedule: 'nightly', dueAt: new Date(DUE.getTime() + 24 * 3_600_000), jitterMs: JITTER_MS },
    ];
  };
  const linesOf = async (id: string) => {
    const lines: string[] = [];
    for await (const line of bench.logs.lines(id)) lines.push(line.replace(/^\S+ /, ''));
    return lines;
  };
  return { ...bench, clock, schedules, comeDue, linesOf };
}

t.test('a long run that would reach into the next schedule starts once the whole run of that is over', async (t) => {
  const { queue, store, begin, begun, comeDue, linesOf, paths } = wayBench(t);
  const { job_id: id } = await queue.submit(byHand, 'reject');
  t.match(store.get(id), WAITS);
  t.equal(queue.next, undefined);
  const between = await queue.submit(quick, 'reject');
  const first = await begin(0);
  t.equal(first.work.job.job_id, between.job_id, 'it is in nobody else’s way');
  first.end(DONE);
  await reached(store, between.job_id, 'done');
  comeDue();
  const batch = Symbol('nightly');
  const [one] = await Promise.all([
    queue.submit({ ...nightly, batch }, 'queue'),
    queue.submit({ ...nightly, target: 'there', batch }, 'queue'),
  ]);
  t.equal((await begin(1)).work.job.job_id, one.job_id);
  begun[1]?.end(DONE);
  t.equal((await begin(2)).work.job.target, 'there', 'the schedule has a second target');
  t.match(store.get(id), WAITS);
  // It is due again already: that run is another one.
  const again = await queue.submit({ ...nightly, batch: Symbol('nightly') }, 'queue');
  begun[2]?.end(DONE);
  t.equal((await begin(3)).work.job.job_id, id);
  t.match(store.get(id), { status: 'running', gave_way_to: 'nightly', gives_way: undefined });
  begun[3]?.end(DONE);
  t.equal((await begin(4)).work.job.job_id, again.job_id);
  await reached(store, id, 'done');
  await queue.stop('test');
  t.match(JSON.parse(readFileSync(join(paths.jobs, `${id}.json`), 'utf8')), { status: 'done', gave_way_to: 'nightly' });
  t.same((await linesOf(id)).slice(0, 2), [
    `Waiting for the schedule 'nightly', due at ${DUE.toISOString()}: this takes about 30 minutes and would reach into it. It starts once that run is over; priority=high starts at once.`,
    "The run of the schedule 'nightly' is over.",
  ]);
});

t.test('it starts at once where that is wanted, where it ends in time, and where nobody can tell', async (t) => {
  const cases: readonly (readonly [string, Parameters<typeof wayBench>[1], object])[] = [
    ['high priority', {}, { ...byHand, priority: 'high' }],
    ['a quick run', {}, quick],
    ['a schedule', {}, { ...nightly, trigger: 'schedule:weekly' }],
    ['it ends when the schedule is due', { usualMs: 20 * MINUTE_MS }, byHand],
    ['no schedule comes due', { upcoming: [] }, byHand],
    ['its duration is unknown', { isKnown: false }, byHand],
  ];
  for (const [name, options, request] of cases) {
    const { queue, begin } = wayBench(t, options);
    const { job_id: id } = await queue.submit(request as typeof byHand, 'reject');
    t.equal((await begin(0)).work.job.job_id, id, name);
    await queue.stop('test');
  }
});

t.test('the schedule that is due first counts', async (t) => {
  const later = { schedule: 'weekly', dueAt: new Date(NOON + 25 * MINUTE_MS), jitterMs: 0 };
  const { queue, store } = wayBench(t, { upcoming: [later, { schedule: 'nightly', dueAt: DUE, jitterMs: JITTER_MS }] });
  const { job_id: id } = await queue.submit({ ...byHand, mode: 'zeus' }, 'reject');
  t.match(store.get(id), WAITS);
});

t.test('a scheduled run that never comes holds it until its latest start, and no longer', async (t) => {
  const { queue, store, begin, clock, comeDue, linesOf } = wayBench(t);
  const { job_id: id } = await queue.submit(byHand, 'reject');
  comeDue();
  clock.advance(JITTER_MS + GRACE_MS - 1);
  t.match(store.get(id), WAITS);
  clock.advance(1);
  t.equal((await begin(0)).work.job.job_id, id);
  t.match(await linesOf(id), [/^Waiting/, "No run of the schedule 'nightly' came."]);
  t.same(clock.waitingMs, []);
});

t.test('a scheduled run that is skipped when its turn comes holds it no longer', async (t) => {
  const { queue, begin, comeDue } = wayBench(t);
  const { job_id: id } = await queue.submit(byHand, 'reject');
  comeDue();
  await queue.submit(nightly, 'queue');
  (await begin(0)).end({ status: 'skipped', reason: 'server_busy', detail: 'two requests' });
  t.equal((await begin(1)).work.job.job_id, id);
});

t.test('a scheduled run that makes room for another goes first all the same', async (t) => {
  const { queue, begin, comeDue, store } = wayBench(t);
  const { job_id: id } = await queue.submit(byHand, 'reject');
  comeDue();
  const scheduled = await queue.submit(nightly, 'queue');
  const first = await begin(0);
  const urgent = await queue.submit({ ...quick, priority: 'high' }, 'queue');
  first.end({ status: 'paused' });
  const second = await begin(1);
  t.equal(second.work.job.job_id, urgent.job_id);
  t.match(store.get(id), WAITS);
  second.end(DONE);
  const third = await begin(2);
  t.equal(third.work.job.job_id, scheduled.job_id);
  third.end(DONE);
  t.equal((await begin(3)).work.job.job_id, id);
});

t.test('a schedule that is paused or moved before it is due is not waited for in vain', async (t) => {
  const { queue, store, begin, schedules } = wayBench(t);
  const { job_id: id } = await queue.submit(byHand, 'reject');
  const dueAt = new Date(NOON + 10 * MINUTE_MS);
  schedules.upcoming = [{ schedule: 'nightly', dueAt, jitterMs: 0 }];
  queue.schedulesChanged();
  t.match(store.get(id), { gives_way: { schedule: 'nightly', due_at: dueAt.toISOString() } });
  schedules.upcoming = [];
  queue.schedulesChanged();
  t.match((await begin(0)).work.job, { job_id: id, gave_way_to: undefined });
});

t.test('it can be cancelled, and paused and resumed', async (t) => {
  const { queue, store, begin, comeDue, clock } = wayBench(t);
  const [one, other] = [await queue.submit(byHand, 'reject'), await queue.submit(byHand, 'reject')];
  t.match(await queue.cancel(one.job_id), { status: 'cancelled', gives_way: undefined });
  t.match(await queue.pause(other.job_id), { status: 'paused', gives_way: undefined });
  t.equal(queue.waiting.length, 0);
  await queue.resume(other.job_id);
  t.match(store.get(other.job_id), WAITS, 'it has not waited yet');
  await queue.pause(other.job_id);
  comeDue();
  t.same(clock.waitingMs, [], 'nothing is waited for');
  await queue.resume(other.job_id);
  t.equal((await begin(0)).work.job.job_id, other.job_id);
});

t.test('it waits on after the agent was stopped and started, also for a run that was under way', async (t) => {
  const before = wayBench(t);
  const { job_id: id } = await before.queue.submit(byHand, 'reject');
  await before.queue.stop('the agent was stopped');
  const root = before.paths.root;
  const second = wayBench(t, { root });
  await second.store.restore(second.logger, new Date(NOON));
  await second.queue.recover();
  second.queue.start();
  t.match(second.store.get(id), WAITS);
  second.comeDue();
  await second.queue.stop('the agent was stopped');
  // A run of the schedule had made room when the agent died.
  const due = new Date(DUE.getTime() + MINUTE_MS);
  const went: Job = { ...startedJob(pendingJob('a3f1c820', nightly, due), due), status: 'pending' };
  await second.store.put(went);
  const third = wayBench(t, { root });
  await third.store.restore(third.logger, due);
  third.comeDue();
  await third.queue.recover();
  third.queue.start();
  const scheduled = await third.begin(0);
  t.equal(scheduled.work.job.job_id, 'a3f1c820');
  third.clock.advance(JITTER_MS + GRACE_MS);
  t.match(third.store.get(id), WAITS, 'longer than where none had come');
  scheduled.end(DONE);
  t.equal((await third.begin(1)).work.job.job_id, id);
});
