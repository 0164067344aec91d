import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { pendingJob } from '../../src/jobs/job.js';
import { JobError } from '../../src/jobs/job-error.js';
import type { SkippedJob } from '../../src/jobs/job-skip.js';
import { type ScheduledRun, type ScheduledRunOutcome, startScheduledRun } from '../../src/jobs/scheduled-run.js';
import type { BusyVerdict } from '../../src/runner/busy-check.js';

const START = '2026-11-21T02:30:00Z';
const request = { mode: 'quick', trigger: 'schedule:nightly', target: 'here' } as const;
const serverBusy: SkippedJob = { status: 'skipped', reason: 'server_busy', detail: '1 of 4 slots in use' };
const gpuBusy: BusyVerdict = { busy: true, reason: 'gpu_busy', detail: 'a GPU is 90 % in use' };

type Decision = SkippedJob | undefined | Error;

/** Jobs get these decisions one after the other, as soon as they are asked for. */
function queueThatDecides(...decisions: readonly Decision[]) {
  const left = [...decisions];
  const asked: number[] = [];
  const submit: ScheduledRun['queue']['submit'] = async (wanted, _onBusy, onDecided) => {
    asked.push(Date.now() - Date.parse(START));
    const decision = left.shift();
    if (decision instanceof Error) throw decision;
    onDecided?.(decision);
    return pendingJob(`0000000${asked.length}`, wanted, new Date());
  };
  return { queue: { submit }, asked };
}

/** Starts it at 02:30 with the next one due at 03:30; `pass` lets time go by in seconds. */
function started(t: Test, options: Partial<ScheduledRun> & Pick<ScheduledRun, 'queue'>) {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: new Date(START) });
  t.teardown(() => mock.timers.reset());
  let outcome: ScheduledRunOutcome | undefined;
  const promise = startScheduledRun({
    request,
    whenBusy: 'wait',
    nextDue: new Date('2026-11-21T03:30:00Z'),
    isBusy: async () => ({ busy: false }),
    now: () => new Date(),
    signal: new AbortController().signal,
    ...options,
  });
  promise.then(
    (ended) => {
      outcome = ended;
    },
    () => undefined,
  );
  const pass = async (seconds: number) => {
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    await settled();
    for (let second = 0; second < seconds; second += 1) {
      mock.timers.tick(1000);
      await settled();
    }
  };
  return { promise, pass, outcome: () => outcome };
}

t.test('a job whose turn brings no objection has started', async (t) => {
  const { queue, asked } = queueThatDecides(undefined);
  const { promise } = started(t, { queue });
  t.same(await promise, { started: true, at: new Date(START), jobId: '00000001' });
  t.same(asked, [0]);
});

t.test('skip: one look in its turn is enough', async (t) => {
  const { queue, asked } = queueThatDecides(serverBusy);
  const { promise } = started(t, { queue, whenBusy: 'skip' });
  t.same(await promise, { started: false, reason: 'server_busy', detail: '1 of 4 slots in use' });
  t.equal(asked.length, 1);
});

t.test('wait: looks every 15 s without a job in the queue, and asks for one once the target is free', async (t) => {
  const looks: number[] = [];
  const verdicts: (BusyVerdict | undefined)[] = [gpuBusy, undefined, { busy: false }];
  const { queue, asked } = queueThatDecides(serverBusy, undefined);
  const { pass, outcome } = started(t, {
    queue,
    isBusy: async (target) => {
      t.equal(target, 'here');
      looks.push(Date.now() - Date.parse(START));
      return verdicts.shift();
    },
  });
  await pass(44);
  t.same(looks, [15_000, 30_000], 'busy, then a benchmark of ours');
  t.same(asked, [0]);
  await pass(1);
  t.same(asked, [0, 45_000]);
  t.match(outcome(), { started: true, jobId: '00000002' });
});

t.test('wait: a target that somebody takes again before the turn comes is waited for again', async (t) => {
  const { queue, asked } = queueThatDecides(serverBusy, serverBusy, undefined);
  const { pass, outcome } = started(t, { queue });
  await pass(30);
  t.same(asked, [0, 15_000, 30_000]);
  t.match(outcome(), { started: true });
});

t.test('wait: given up with the last reason right before the next run is due', async (t) => {
  const { queue, asked } = queueThatDecides(serverBusy);
  const { pass, outcome } = started(t, { queue, isBusy: async () => gpuBusy });
  await pass(3584);
  t.equal(outcome(), undefined);
  await pass(1);
  t.same(outcome(), { started: false, reason: 'gpu_busy', detail: 'a GPU is 90 % in use' });
  t.same(asked, [0]);
});

t.test('a server that sleeps is not waited for: nobody uses it', async (t) => {
  const asleep: SkippedJob = { status: 'skipped', reason: 'server_asleep', detail: 'it sleeps' };
  const { promise } = started(t, { queue: queueThatDecides(asleep).queue });
  t.same(await promise, { started: false, reason: 'server_asleep', detail: 'it sleeps' });
});

t.test('what the queue refuses is a reason; what it cannot write is an error', async (t) => {
  const refusals = { queue_full: 'queue_full', busy: 'still_waiting' } as const;
  for (const [code, reason] of Object.entries(refusals)) {
    const { queue } = queueThatDecides(new JobError(code as keyof typeof refusals, 'no'));
    t.same(await started(t, { queue }).promise, { started: false, reason, detail: 'no' });
    mock.timers.reset();
  }
  const { queue } = queueThatDecides(new Error('disk full'));
  await t.rejects(started(t, { queue }).promise, { message: 'disk full' });
});

t.test('ends with the schedule, while its job waits and while it waits for the target', async (t) => {
  const never: ScheduledRun['queue'] = { submit: async (wanted) => pendingJob('00000001', wanted, new Date()) };
  for (const queue of [never, queueThatDecides(serverBusy).queue]) {
    const stop = new AbortController();
    const { promise, pass } = started(t, { queue, signal: stop.signal });
    const ends = t.rejects(promise);
    await pass(3);
    stop.abort();
    await ends;
    mock.timers.reset();
  }
  const { queue, asked } = queueThatDecides(undefined);
  await t.rejects(started(t, { queue, signal: AbortSignal.abort(new Error('over')) }).promise, { message: 'over' });
  t.same(asked, []);
});
