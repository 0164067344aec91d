import t from 'tap';
import { runnerRecordSchema } from '../../../src/runner/diagnostics/diagnostics-schema.js';
import { RunnerRecord } from '../../../src/runner/runner-record.js';

const clock = { now: () => new Date('2026-11-21T14:30:45.000Z'), monotonicMs: () => 1000 };
const plan = { mode: 'quick', tests: [], skipped: [] } as const;
const record = new RunnerRecord({ jobId: 'a3f1c820', pid: 77, nodeId: 'n', modelId: 'm', plan }, clock).describe();
const entry = record.flightRecorder[0];
const task = {
  taskId: 't',
  taskKind: 'BenchmarkTest',
  taskStatus: 'Running',
  instanceId: 'i',
  commandId: null,
  runnerId: null,
  modelId: null,
};

/** Whether the schema takes the record with these fields changed. */
function takes(fields: Readonly<Record<string, unknown>>): boolean {
  return runnerRecordSchema.safeParse({ ...record, ...fields }).success;
}

t.test('has the fields of the contract and no others', async (t) => {
  t.same(Object.keys(runnerRecordSchema.shape).sort(), [
    'activeCommandId',
    'activeTaskId',
    'cancelledTaskIds',
    'completedTaskCount',
    'deviceRank',
    'endLayer',
    'exitCode',
    'flightRecorder',
    'inProgressTasks',
    'instanceId',
    'lastEventReceivedAt',
    'lastEventType',
    'lastMlxMemory',
    'lastProgressAt',
    'lastTaskSentAt',
    'milestones',
    'modelId',
    'nLayers',
    'nodeId',
    'pendingTaskIds',
    'phase',
    'phaseDetail',
    'phaseStartedAt',
    'pid',
    'processAlive',
    'runnerId',
    'secondsInPhase',
    'secondsInStatus',
    'startLayer',
    'statusKind',
    'statusSince',
    'worldSize',
  ]);
});

t.test('null is taken where the contract allows it and nowhere else', async (t) => {
  const nullable = [
    'pid',
    'exitCode',
    'lastProgressAt',
    'activeTaskId',
    'activeCommandId',
    'phaseDetail',
    'lastMlxMemory',
    'lastTaskSentAt',
    'lastEventReceivedAt',
    'lastEventType',
  ];
  for (const name of Object.keys(runnerRecordSchema.shape)) {
    t.equal(takes({ [name]: null }), nullable.includes(name), name);
    t.notOk(takes({ [name]: undefined }), `${name} is always there`);
  }
});

t.test('so it is for what the lists hold', async (t) => {
  t.ok(takes({ flightRecorder: [entry] }));
  for (const name of ['detail', 'taskId', 'commandId', 'mlxMemory']) {
    t.ok(takes({ flightRecorder: [{ ...entry, [name]: null }] }), name);
  }
  for (const name of ['at', 'phase', 'event', 'attrs', 'context']) {
    t.notOk(takes({ flightRecorder: [{ ...entry, [name]: null }] }), name);
  }
  t.ok(takes({ inProgressTasks: [task] }));
  for (const name of ['taskId', 'taskKind', 'taskStatus', 'instanceId']) {
    t.notOk(takes({ inProgressTasks: [{ ...task, [name]: null }] }), name);
  }
  t.ok(takes({ milestones: [{ at: record.statusSince, name: 'spawned', detail: null }] }));
});

t.test('the recorder has room for 128 entries', async (t) => {
  t.ok(takes({ flightRecorder: Array.from({ length: 128 }, () => entry) }));
  t.notOk(takes({ flightRecorder: Array.from({ length: 129 }, () => entry) }));
});

t.test('attributes are strings, numbers, booleans or lists of strings', async (t) => {
  for (const value of ['a', 1.5, true, ['a', 'b'], []]) {
    t.ok(takes({ flightRecorder: [{ ...entry, attrs: { value } }] }), JSON.stringify(value));
  }
  for (const value of [null, { a: 1 }, [1]]) {
    t.notOk(takes({ flightRecorder: [{ ...entry, attrs: { value } }] }), JSON.stringify(value));
  }
});

t.test('a memory snapshot may know only a part', async (t) => {
  const memory = { generatedAt: record.statusSince, source: 'mlx.core' };
  const sizes = { active: { inBytes: 1024 }, cache: null, peak: null, wiredLimit: null };
  t.ok(takes({ lastMlxMemory: { ...memory, ...sizes } }));
  t.notOk(takes({ lastMlxMemory: { ...memory, ...sizes, peak: 1024 } }));
  t.notOk(takes({ lastMlxMemory: memory }));
});

t.test('an unknown phase is refused', async (t) => {
  t.ok(takes({ phase: 'kv_cache_lookup' }));
  t.notOk(takes({ phase: 'thinking' }));
});
