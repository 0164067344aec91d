import t from 'tap';
import type { BenchmarkEvent } from '../../src/benchmark/benchmark-event.js';
import type { RunnerPhase } from '../../src/benchmark/phase.js';
import { runnerRecordSchema } from '../../src/runner/diagnostics/diagnostics-schema.js';
import { RunnerRecord } from '../../src/runner/runner-record.js';
import { testResult } from '../fixtures/benchmark-result.js';
import { ManualClock } from '../fixtures/manual-clock.js';
import { NONE } from '../fixtures/none.js';
import { shortTest } from '../fixtures/running-test.js';

const BEGUN = Date.parse('2026-11-21T14:30:45.000Z');

function recorded(testIds: readonly string[] = ['one', 'two', 'three'], pid: number | 'none' = 77) {
  const clock = new ManualClock(1_000_000);
  let wallOffsetMs = BEGUN - clock.nowMs();
  const tests = testIds.map((testId) => shortTest({ testId }));
  const plan = { mode: 'quick', tests, skipped: [] } as const;
  const runner = {
    jobId: 'a3f1c820',
    pid: pid === 'none' ? undefined : pid,
    nodeId: 'node',
    modelId: 'fake-model',
    plan,
  };
  const now = () => new Date(clock.nowMs() + wallOffsetMs);
  const record = new RunnerRecord(runner, { now, monotonicMs: () => clock.nowMs() });
  const hear = (event: BenchmarkEvent) => record.hear(event, clock.nowMs());
  return {
    clock,
    record,
    hear,
    enter: (phase: RunnerPhase, testId?: string, detail?: string) => hear({ type: 'phase', phase, testId, detail }),
    setWallClockBy: (ms: number) => {
      wallOffsetMs += ms;
    },
  };
}

t.test('a runner just started is created, with all its tests before it', async (t) => {
  const { record } = recorded();
  const shown = record.describe();
  t.same(runnerRecordSchema.parse(shown), shown, 'of the exact shape');
  const { flightRecorder, ...rest } = shown;
  t.same(rest, {
    runnerId: 'runner-a3f1c820',
    instanceId: 'a3f1c820-77',
    nodeId: 'node',
    modelId: 'fake-model',
    deviceRank: 0,
    worldSize: 1,
    startLayer: 0,
    endLayer: 0,
    nLayers: 0,
    pid: 77,
    processAlive: true,
    exitCode: null,
    statusKind: 'RunnerIdle',
    statusSince: '2026-11-21T14:30:45.000Z',
    secondsInStatus: 0,
    phase: 'created',
    phaseStartedAt: '2026-11-21T14:30:45.000Z',
    secondsInPhase: 0,
    lastProgressAt: null,
    activeTaskId: null,
    activeCommandId: 'a3f1c820',
    phaseDetail: null,
    lastMlxMemory: null,
    pendingTaskIds: ['a3f1c820:one', 'a3f1c820:two', 'a3f1c820:three'],
    inProgressTasks: [],
    completedTaskCount: 0,
    cancelledTaskIds: [],
    lastTaskSentAt: null,
    lastEventReceivedAt: null,
    lastEventType: null,
    milestones: [{ at: '2026-11-21T14:30:45.000Z', name: 'spawned', detail: null }],
  });
  t.match(flightRecorder, [{ event: 'spawned', phase: 'created', commandId: 'a3f1c820', taskId: null }]);
});

t.test('a phase begins when the runner says it did, and lasts until it is asked', async (t) => {
  const { clock, record } = recorded();
  clock.advance(5000);
  record.hear({ type: 'phase', phase: 'load_model', detail: 'fake-model' }, clock.nowMs() - 40);
  t.match(record.describe(), {
    phase: 'load_model',
    phaseDetail: 'fake-model',
    phaseStartedAt: '2026-11-21T14:30:49.960Z',
    lastProgressAt: '2026-11-21T14:30:49.960Z',
    lastEventReceivedAt: '2026-11-21T14:30:50.000Z',
    lastEventType: 'phase',
    statusKind: 'RunnerLoading',
    secondsInPhase: 0.04,
  });
  clock.advance(2500);
  t.match(record.describe(), { secondsInPhase: 2.54, secondsInStatus: 2.54 });
});

t.test('setting the clock of the machine changes no duration', async (t) => {
  const { clock, record, enter, setWallClockBy } = recorded();
  enter('load_model');
  setWallClockBy(-3_600_000);
  clock.advance(1500);
  t.equal(record.describe().secondsInPhase, 1.5);
  setWallClockBy(7_200_000);
  t.equal(record.describe().secondsInPhase, 1.5);
  t.equal(record.silentMs, 1500);
});

t.test('times follow a clock that was set, and keep the order of their stamps where it was not', async (t) => {
  const { clock, record, enter, setWallClockBy } = recorded();
  enter('idle');
  clock.advance(0.95);
  record.hear({ type: 'phase', phase: 'connect_group' }, clock.nowMs() - 0.85);
  t.same(
    record.describe().flightRecorder.map(({ at }) => at),
    ['2026-11-21T14:30:45.000Z', '2026-11-21T14:30:45.000Z', '2026-11-21T14:30:45.000Z'],
  );
  setWallClockBy(-3_600_000);
  enter('load_model');
  t.equal(record.describe().phaseStartedAt, '2026-11-21T13:30:45.000Z');
});

t.test('a stamp ahead of the clock counts as now', async (t) => {
  const { clock, record } = recorded();
  record.hear({ type: 'phase', phase: 'idle' }, clock.nowMs() + 60_000);
  t.match(record.describe(), { phaseStartedAt: '2026-11-21T14:30:45.000Z', secondsInPhase: 0 });
});

t.test('the status changes with the phase, but not with each', async (t) => {
  const { clock, record, enter } = recorded();
  enter('decode_wait_first_token', 'one');
  clock.advance(1000);
  enter('decode_stream', 'one');
  clock.advance(1000);
  t.match(record.describe(), { statusKind: 'RunnerRunning', secondsInStatus: 2, secondsInPhase: 1 });
});

t.test('a test passes from waiting through progress to completed', async (t) => {
  const { clock, record, hear, enter } = recorded();
  clock.advance(1000);
  hear({ type: 'test_started', testId: 'one', name: 'One' });
  const active = record.describe();
  t.match(active, {
    activeTaskId: 'a3f1c820:one',
    activeCommandId: 'a3f1c820',
    pendingTaskIds: ['a3f1c820:two', 'a3f1c820:three'],
    lastTaskSentAt: '2026-11-21T14:30:46.000Z',
  });
  t.same(active.inProgressTasks, [
    {
      taskId: 'a3f1c820:one',
      taskKind: 'BenchmarkTest',
      taskStatus: 'Running',
      instanceId: 'a3f1c820-77',
      commandId: 'a3f1c820',
      runnerId: 'runner-a3f1c820',
      modelId: 'fake-model',
    },
  ]);
  hear({ type: 'test_finished', test: testResult({ test_id: 'one' }) });
  hear({ type: 'test_skipped', testId: 'two', reason: 'server_down' });
  enter('completion', 'one');
  t.match(record.describe(), {
    activeTaskId: null,
    inProgressTasks: NONE,
    pendingTaskIds: ['a3f1c820:three'],
    completedTaskCount: 1,
  });
});

t.test('entries of the recorder name their test, their phase and the runner', async (t) => {
  const { record, hear, enter } = recorded();
  enter('task_submission', 'one');
  hear({ type: 'test_started', testId: 'one', name: 'One' });
  hear({ type: 'log', line: 'hello' });
  hear({ type: 'test_finished', test: testResult({ test_id: 'one' }) });
  hear({ type: 'log', line: 'in between' });
  const shown = record.describe().flightRecorder.slice(1);
  t.same(
    shown.map(({ event, phase, taskId }) => [event, phase, taskId]),
    [
      ['phase', 'task_submission', 'a3f1c820:one'],
      ['test_started', 'task_submission', 'a3f1c820:one'],
      ['log', 'task_submission', 'a3f1c820:one'],
      ['test_finished', 'task_submission', 'a3f1c820:one'],
      ['log', 'task_submission', null],
    ],
  );
  t.same(shown[0]?.context, {
    nodeId: 'node',
    runnerId: 'runner-a3f1c820',
    pid: 77,
    instanceId: 'a3f1c820-77',
    modelId: 'fake-model',
    rank: 0,
    worldSize: 1,
    startLayer: 0,
    endLayer: 0,
    nLayers: 0,
  });
});

t.test('tokens on their way are the detail of the phase and fill no recorder', async (t) => {
  const { clock, record, hear, enter } = recorded();
  enter('decode_stream', 'one');
  for (let chunks = 1; chunks <= 1000; chunks += 1) {
    clock.advance(500);
    hear({ type: 'live', testId: 'one', chunks, chunksPerSecond: 2 });
  }
  const shown = record.describe();
  t.match(shown, { phaseDetail: '1000 chunks, 2.0 a second', lastEventType: 'live', secondsInPhase: 500 });
  t.equal(shown.lastProgressAt, shown.lastEventReceivedAt);
  t.same(
    shown.flightRecorder.map(({ event }) => event),
    ['spawned', 'phase'],
  );
});

t.test('only the last 128 entries are kept, every milestone is', async (t) => {
  const { record, hear, enter } = recorded();
  enter('idle');
  for (let line = 1; line <= 500; line += 1) hear({ type: 'log', line: `line ${line}` });
  enter('idle');
  const { flightRecorder, milestones } = record.describe();
  t.equal(flightRecorder.length, 128);
  t.equal(flightRecorder[0]?.detail, 'line 374');
  t.same(
    milestones.map(({ name }) => name),
    ['spawned', 'ready'],
    'a milestone is passed once',
  );
});

t.test('once it is to stop, what it was doing is no phase any more', async (t) => {
  const { clock, record, hear, enter } = recorded();
  hear({ type: 'test_started', testId: 'one', name: 'One' });
  enter('decode_stream', 'one');
  clock.advance(100);
  record.cancelRequested();
  const phases = [record.phase];
  for (const phase of ['parser', 'cancel_observed', 'idle', 'shutdown_cleanup'] as const) {
    clock.advance(10);
    enter(phase, phase === 'parser' ? 'one' : undefined);
    phases.push(record.phase);
  }
  t.same(phases, ['cancel_requested', 'cancel_requested', 'cancel_observed', 'cancel_observed', 'shutdown_cleanup']);
  t.same(
    record.describe().flightRecorder.flatMap(({ event, phase }) => (event === 'phase' ? [phase] : [])),
    ['decode_stream', 'cancel_requested', 'parser', 'cancel_observed', 'idle', 'shutdown_cleanup'],
  );
  t.match(record.describe(), { statusKind: 'RunnerShuttingDown', inProgressTasks: [{ taskStatus: 'Cancelling' }] });
});

t.test('a cancelled runner: its tests are cancelled, its command is over', async (t) => {
  const { record, hear } = recorded();
  hear({ type: 'test_started', testId: 'one', name: 'One' });
  record.cancelRequested();
  record.cancelRequested();
  record.exited({ exitCode: undefined, signal: 'SIGKILL' });
  t.match(record.describe(), { processAlive: false, exitCode: -9, phase: 'cancel_requested', pid: 77 });
  t.equal(record.livePid, undefined);
  record.ended({ status: 'cancelled' });
  const shown = record.describe();
  t.match(shown, {
    phase: 'shutdown_cleanup',
    statusKind: 'RunnerShutdown',
    activeCommandId: null,
    activeTaskId: null,
    pendingTaskIds: NONE,
    inProgressTasks: NONE,
    cancelledTaskIds: ['a3f1c820:one', 'a3f1c820:two', 'a3f1c820:three'],
  });
  t.same(
    shown.milestones.map(({ name, detail }) => [name, detail]),
    [
      ['spawned', null],
      ['cancel_requested', 'one'],
      ['exited', 'SIGKILL'],
      ['shutdown_cleanup', null],
    ],
  );
  t.same(runnerRecordSchema.parse(shown), shown);
});

t.test('a runner that died: what it said last stays, the error says how and in which test', async (t) => {
  const { record, hear, enter } = recorded();
  hear({ type: 'test_started', testId: 'two', name: 'Two' });
  enter('decode_stream', 'two');
  record.exited({ exitCode: 3, signal: undefined });
  const message = 'the runner ended with exit code 3: CUDA error: device lost';
  record.ended({ status: 'crashed', message, exitCode: 3, signal: undefined });
  const shown = record.describe();
  t.match(shown, {
    phase: 'error',
    phaseDetail: message,
    statusKind: 'RunnerFailed',
    exitCode: 3,
    processAlive: false,
  });
  t.match(shown.flightRecorder.at(-1), { phase: 'error', detail: message, taskId: 'a3f1c820:two' });
  t.match(shown, { cancelledTaskIds: NONE, pendingTaskIds: NONE, inProgressTasks: NONE, completedTaskCount: 0 });
});

t.test("a runner's own word of its error stands", async (t) => {
  const { record, enter } = recorded();
  enter('error', undefined, 'the plan cannot be read');
  record.exited({ exitCode: 0, signal: undefined });
  record.ended({ status: 'crashed', message: 'the runner ended', exitCode: 0, signal: undefined });
  const shown = record.describe();
  t.match(shown, { phase: 'error', phaseDetail: 'the plan cannot be read', exitCode: 0 });
  t.equal(shown.flightRecorder.filter(({ event }) => event === 'phase').length, 1);
});

t.test('a runner that never started has no process', async (t) => {
  const { record } = recorded(['one'], 'none');
  t.match(record.describe(), { pid: null, processAlive: false, instanceId: 'a3f1c820-not-started' });
  record.exited({ exitCode: undefined, signal: undefined });
  record.ended({ status: 'crashed', message: 'spawn ENOMEM', exitCode: undefined, signal: undefined });
  t.match(record.describe(), { exitCode: null, phase: 'error', phaseDetail: 'spawn ENOMEM' });
});

t.test('the layers of the model are shown once they are known', async (t) => {
  const { record } = recorded();
  record.setLayers(32);
  const shown = record.describe();
  t.match(shown, { startLayer: 0, endLayer: 32, nLayers: 32 });
  t.match(shown.flightRecorder[0]?.context, { startLayer: 0, endLayer: 32, nLayers: 32 });
});
