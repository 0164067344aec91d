import { mkdirSync, readdirSync } from 'node:fs';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { openNotifying } from '../../src/agent/notifying.js';
import type { CanaryResult } from '../../src/benchmark/canary/canary-result.js';
import { storagePaths } from '../../src/chronicle/storage.js';
import { configSchema } from '../../src/config/schema.js';
import { endedJob, type JobEnd, type JobRequest, pendingJob } from '../../src/jobs/job.js';
import { JobStore } from '../../src/jobs/job-store.js';
import { type NotificationEvent, notificationEventSchema } from '../../src/notifications/event.js';
import { benchmarkResult } from '../fixtures/benchmark-result.js';
import { canaryTest, changedCanary } from '../fixtures/canary-result.js';
import { startWebhookReceiver } from '../fixtures/webhook-receiver.js';

const at = new Date('2026-11-21T14:00:00.000Z');
const request: JobRequest = { mode: 'quick', trigger: 'schedule:nightly', target: 'local' };

async function bench(t: Test, { root = t.testdir({}) } = {}) {
  const receiver = await startWebhookReceiver(t);
  const paths = storagePaths(root);
  mkdirSync(paths.jobs, { recursive: true });
  const config = configSchema.parse({ notifications: [{ name: 'ops', kind: 'webhook', url: receiver.url }] });
  const notifying = openNotifying({
    config: () => config,
    paths,
    hostName: 'workstation',
    now: () => at,
    random: () => 0,
    logger: pino({ level: 'silent' }),
  });
  t.teardown(() => notifying.close());
  const event = async (index: number): Promise<NotificationEvent> =>
    notificationEventSchema.parse(JSON.parse((await receiver.arrival(index)).body));
  return { notifying, event, receiver, paths, store: new JobStore(paths) };
}

function canaryRun(runId: string, fields: Partial<CanaryResult>) {
  return benchmarkResult({ run_id: runId, benchmarks: [canaryTest(changedCanary(fields))] });
}

function job(id: string, end: JobEnd) {
  return endedJob(pendingJob(id, request, at), end, at);
}

t.test('tells of jobs that failed or were interrupted, and of no others', async (t) => {
  const { notifying, event, receiver, store } = await bench(t);
  await notifying.start(store, []);
  notifying.jobEnded(job('00000001', { status: 'done', runId: 'run' }));
  notifying.jobEnded(job('00000002', { status: 'cancelled' }));
  notifying.jobEnded(job('00000003', { status: 'error', error: 'timeout', detail: 'x'.repeat(5000) }));
  notifying.jobEnded(job('00000004', { status: 'interrupted', reason: 'the agent ended' }));
  t.match(await event(0), {
    event: 'run_failure',
    id: 'run_failure:00000003',
    machine: 'workstation',
    trigger: 'schedule:nightly',
    target: 'local',
    model: null,
    error: 'timeout',
    detail: 'x'.repeat(2000),
  });
  t.match(await event(1), { id: 'run_failure:00000004', error: 'the agent ended', detail: null });
  await notifying.close();
  t.equal(receiver.received.length, 2);
});

t.test('tells once of an answer that changed, as long as it stays, and of no other canary', async (t) => {
  const { notifying, event, receiver, store } = await bench(t);
  await notifying.start(store, []);
  await notifying.recorded(benchmarkResult());
  await notifying.recorded(canaryRun('01', { verdict: 'match' }));
  await notifying.recorded(canaryRun('02', {}));
  await notifying.recorded(canaryRun('03', {}));
  await notifying.recorded(canaryRun('04', { sha256: 'third', text: 'the sea fell' }));
  t.match(await event(0), {
    event: 'output_changed',
    id: 'output_changed:reference-run:second',
    run_id: '02',
    target: 'local',
    reference_run_at: '2026-11-20T08:17:00.000Z',
    detail: /“was still” became “rose”/,
  });
  t.match(await event(1), { id: 'output_changed:reference-run:third', run_id: '04' });
  await notifying.close();
  t.equal(receiver.received.length, 2);
});

t.test('tells of a schedule that was skipped, but not where somebody paused it or lets the server sleep', async (t) => {
  const { notifying, event, receiver, store } = await bench(t);
  await notifying.start(store, []);
  notifying.skipped('nightly', {
    at,
    reason: 'paused',
    detail: 'the schedule is paused',
    target: undefined,
    count: 1,
  });
  notifying.skipped('nightly', { at, reason: 'server_asleep', detail: 'it sleeps', target: 'one', count: 1 });
  notifying.skipped('nightly', { at, reason: 'gpu_busy', detail: 'a game', target: 'one', count: 1 });
  notifying.skipped('nightly', { at, reason: 'gpu_busy', detail: 'a game', target: 'two', count: 1 });
  const common = { event: 'missed_schedule', schedule: 'nightly', reason: 'gpu_busy', detail: 'a game', missed: 1 };
  t.match(await event(0), { ...common, target: 'one' });
  t.match(await event(1), { ...common, target: 'two' });
  notifying.skipped('nightly', { at, reason: 'late', detail: 'asleep', target: undefined, count: 16 });
  t.match(await event(2), { reason: 'late', detail: 'asleep', missed: 16 });
  await notifying.close();
  t.equal(receiver.received.length, 3);
});

t.test('tells of what came due without an agent, once for the same time', async (t) => {
  const { notifying, event, receiver, store } = await bench(t);
  await notifying.start(store, []);
  const last = new Date('2026-11-21T02:30:00.000Z');
  await notifying.missed([{ schedule: 'nightly', count: 3, last }]);
  await notifying.missed([{ schedule: 'nightly', count: 3, last }]);
  await notifying.missed([{ schedule: 'weekly', count: 1, last }]);
  t.match(await event(0), {
    schedule: 'nightly',
    reason: 'agent_down',
    missed: 3,
    detail: 'typhon was not running at 2026-11-21T02:30:00.000Z and 2 times before',
  });
  t.match(await event(1), { schedule: 'weekly', detail: 'typhon was not running at 2026-11-21T02:30:00.000Z' });
  await notifying.close();
  t.equal(receiver.received.length, 2);
});

t.test('keeps nothing on disk where nobody is to be told', async (t) => {
  const { paths, store } = await bench(t);
  const notifying = openNotifying({
    config: () => configSchema.parse({}),
    paths,
    hostName: 'workstation',
    now: () => at,
    random: () => 0,
    logger: pino({ level: 'silent' }),
  });
  await notifying.start(store, []);
  notifying.jobEnded(job('00000001', { status: 'error', error: 'timeout' }));
  await notifying.close();
  t.notOk(readdirSync(paths.root).includes('notifications'));
});
