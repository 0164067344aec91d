import t, { type Test } from 'tap';
import { monotonicMs } from '../../../src/benchmark/clock.js';
import type { NodeDiagnostics } from '../../../src/runner/diagnostics/diagnostics.js';
import {
  type NodeDiagnosticsDocument,
  nodeDiagnosticsSchema,
} from '../../../src/runner/diagnostics/diagnostics-schema.js';
import type { Runner } from '../../../src/runner/supervisor.js';
import { diagnosedRunner, diagnosticsWith, MACHINE_ID, targetAt } from '../../fixtures/diagnosed-runner.js';
import type { FakeLlmOptions } from '../../fixtures/fake-llm/options.js';
import { startFakeLlmServer } from '../../fixtures/fake-llm-server.js';
import { firstPhases } from '../../fixtures/first-phases.js';
import { NONE } from '../../fixtures/none.js';
import { gone } from '../../fixtures/process-end.js';
import { serveFixture } from '../../fixtures/servers/fixture-server.js';
import { skulk } from '../../fixtures/servers/skulk.js';
import { SKULK_NODE, skulkDiagnostics, skulkRunner } from '../../fixtures/skulk-diagnostics.js';

const NOBODY = 'http://127.0.0.1:1';

async function fakeServer(t: Test, options: FakeLlmOptions = {}) {
  const fake = await startFakeLlmServer({ ttftMs: 0, tokenGapMs: 0, contextLength: 2048, ...options });
  t.teardown(() => fake.close());
  return fake;
}

/** The newest runner's record, and the whole document held against its shape. */
async function shown(t: Test, diagnostics: NodeDiagnostics) {
  const document = await diagnostics.snapshot();
  t.same(nodeDiagnosticsSchema.parse(document), document, 'of the exact shape');
  const [runner] = document.supervisorRunners;
  if (runner === undefined) throw new Error('expected a runner');
  return { document, runner };
}

/** Attaches a runner that never was a process and has ended already. */
function attachEnded(diagnostics: NodeDiagnostics, { target = targetAt(NOBODY), jobId = 'a3f1c820' }): void {
  const runner: Runner = {
    pid: undefined,
    exited: Promise.resolve({ exitCode: undefined, signal: undefined }),
    ended: Promise.resolve({ status: 'finished' }),
    cancel: () => undefined,
    pause: () => undefined,
  };
  const plan = { mode: 'quick', tests: [], skipped: [] } as const;
  const job = { job: { job_id: jobId }, signal: new AbortController().signal };
  diagnostics.attach({ runner, plan }, { target, profile: { machine_id: MACHINE_ID } }, job);
}

function phasesIn({ flightRecorder }: NodeDiagnosticsDocument['supervisorRunners'][number]): string[] {
  return flightRecorder.flatMap(({ event, phase }) => (event === 'phase' ? [phase] : []));
}

t.test('before the first runner there is the agent alone', async (t) => {
  const now = () => new Date('2026-11-21T14:30:45.000Z');
  const document = await diagnosticsWith({ now }).snapshot();
  t.same(nodeDiagnosticsSchema.parse(document), document);
  t.same(Object.keys(document).sort(), [
    'generatedAt',
    'processes',
    'resources',
    'runtime',
    'supervisorRunners',
    'warnings',
  ]);
  t.match(document, {
    generatedAt: '2026-11-21T14:30:45.000Z',
    runtime: { nodeId: null, typhonVersion: '0.1.0', nodeVersion: process.version, pid: process.pid },
    supervisorRunners: NONE,
    warnings: NONE,
  });
  t.match(document.processes, [{ pid: process.pid, role: 'agent', alive: true, parentPid: process.ppid }]);
  t.ok((document.processes[0]?.rssBytes ?? 0) > 2 ** 20);
  const { totalBytes, availableBytes } = document.resources.memory;
  t.ok(availableBytes > 0 && availableBytes <= totalBytes);
  const restarted = await diagnosticsWith({ nodeId: () => MACHINE_ID }).snapshot();
  t.equal(restarted.runtime.nodeId, MACHINE_ID);
});

t.test('a whole benchmark passes through the phases in their order and ends idle', async (t) => {
  const fake = await fakeServer(t);
  const diagnostics = diagnosticsWith();
  const { running } = await diagnosedRunner(t, diagnostics, { target: targetAt(fake.url) });
  t.equal((await running.outcome).status, 'done');
  await running.runner.exited;
  const { document, runner } = await shown(t, diagnostics);
  t.equal(document.runtime.nodeId, MACHINE_ID);
  const phases = phasesIn(runner);
  t.same(phases.slice(0, 10), [...firstPhases, 'prompt_build']);
  t.same(phases.slice(-3), ['parser', 'completion', 'idle']);
  const tests = running.plan.tests.length;
  t.equal(phases.filter((phase) => phase === 'completion').length, tests);
  t.equal(phases.filter((phase) => phase === 'task_submission').length, tests);
  t.match(runner, {
    runnerId: 'runner-a3f1c820',
    instanceId: `a3f1c820-${running.runner.pid}`,
    nodeId: MACHINE_ID,
    modelId: 'fake-model',
    pid: running.runner.pid,
    processAlive: false,
    exitCode: 0,
    phase: 'idle',
    statusKind: 'RunnerShutdown',
    completedTaskCount: tests,
    pendingTaskIds: NONE,
    inProgressTasks: NONE,
    cancelledTaskIds: NONE,
    activeTaskId: null,
    activeCommandId: null,
  });
  t.same(runner.milestones.map(({ name }) => name).slice(0, 4), ['spawned', 'ready', 'server_reached', 'first_token']);
  t.same(
    runner.flightRecorder.map(({ at }) => at),
    runner.flightRecorder.map(({ at }) => at).sort(),
    'in the order of its times',
  );
  t.same(document.warnings, []);
  t.same(
    document.processes.map(({ role }) => role),
    ['agent'],
    'a process that is gone is not looked for',
  );
});

t.test('while it runs: the phase at hand, the test in progress, the process', async (t) => {
  // Without a tokenizer two requests are thrown away; then the first test waits for ever.
  const fake = await fakeServer(t, { faults: [null, null], fault: { kind: 'stall' } });
  const diagnostics = diagnosticsWith();
  const started = await diagnosedRunner(t, diagnostics, { target: targetAt(fake.url), cancelGraceMs: 5000 });
  await started.told((event) => event.type === 'phase' && event.phase === 'decode_wait_first_token');
  const { document, runner } = await shown(t, diagnostics);
  const [first, ...others] = started.running.plan.tests.map(({ testId }) => `a3f1c820:${testId}`);
  t.match(runner, {
    phase: 'decode_wait_first_token',
    statusKind: 'RunnerRunning',
    processAlive: true,
    exitCode: null,
    activeTaskId: first,
    activeCommandId: 'a3f1c820',
    pendingTaskIds: others,
    completedTaskCount: 0,
    inProgressTasks: [{ taskId: first, taskStatus: 'Running', commandId: 'a3f1c820', runnerId: 'runner-a3f1c820' }],
  });
  t.match(document.processes[1], {
    pid: started.running.runner.pid,
    role: 'runner',
    alive: true,
    parentPid: process.pid,
  });
  started.cancel();
  t.match((await shown(t, diagnostics)).runner, { phase: /^(cancel_|shutdown_cleanup)/ });
  t.same(await started.running.outcome, { status: 'cancelled' });
  const { runner: cancelled } = await shown(t, diagnostics);
  const phases = phasesIn(cancelled);
  t.same(
    phases.slice(phases.indexOf('cancel_requested')).filter((phase) => phase !== 'parser'),
    ['cancel_requested', 'cancel_observed', 'shutdown_cleanup'],
  );
  t.match(cancelled, {
    phase: 'shutdown_cleanup',
    statusKind: 'RunnerShutdown',
    processAlive: false,
    exitCode: 0,
    cancelledTaskIds: [first, ...others],
    pendingTaskIds: NONE,
    inProgressTasks: NONE,
  });
});

t.test('a wedged runner stays readable, is warned of when its time is over, and after it was killed', async (t) => {
  let aheadMs = 0;
  const diagnostics = diagnosticsWith({ monotonicMs: () => monotonicMs() + aheadMs });
  const target = targetAt(NOBODY);
  const started = await diagnosedRunner(t, diagnostics, { target, program: 'wedged', cancelGraceMs: 20 });
  await started.told((event) => event.type === 'log');
  const { document, runner } = await shown(t, diagnostics);
  t.match(runner, { processAlive: true, lastEventType: 'log' });
  t.same(document.warnings, []);
  aheadMs = 3_600_000;
  const { document: late } = await shown(t, diagnostics);
  t.equal(late.warnings.length, 1);
  t.match(late.warnings[0], /^Runner runner-a3f1c820 has said nothing for 36\d\d s, .* after 60 s at the latest\.$/);
  started.cancel();
  t.match((await shown(t, diagnostics)).runner, { phase: 'cancel_requested' });
  t.same(await started.running.outcome, { status: 'cancelled' });
  const { document: after, runner: killed } = await shown(t, diagnostics);
  t.match(killed, {
    pid: started.running.runner.pid,
    processAlive: false,
    exitCode: -9,
    phase: 'shutdown_cleanup',
    statusKind: 'RunnerShutdown',
  });
  t.same(after.warnings, [], 'nobody waits for it any more');
  t.notOk(phasesIn(killed).includes('cancel_observed'));
});

t.test('a runner killed from outside leaves its record', async (t) => {
  const diagnostics = diagnosticsWith();
  const { running, told } = await diagnosedRunner(t, diagnostics, {
    target: targetAt(NOBODY),
    program: 'ignores-cancel',
  });
  await told((event) => event.type === 'log');
  const { pid } = running.runner;
  if (pid === undefined) throw new Error('expected a process');
  process.kill(pid, 'SIGKILL');
  await gone(pid);
  t.match((await shown(t, diagnostics)).runner, { pid, processAlive: false });
  await running.outcome;
  const { runner } = await shown(t, diagnostics);
  t.match(runner, { pid, processAlive: false, exitCode: -9, phase: 'error', statusKind: 'RunnerFailed' });
  t.match(runner.phaseDetail, 'the runner ended with SIGKILL');
});

t.test('a runner that crashed tells its last words', async (t) => {
  const diagnostics = diagnosticsWith();
  const { running } = await diagnosedRunner(t, diagnostics, { target: targetAt(NOBODY), program: 'crashes-midway' });
  await running.outcome;
  const { runner } = await shown(t, diagnostics);
  t.match(runner, { processAlive: false, exitCode: 3, phase: 'error', statusKind: 'RunnerFailed' });
  t.match(runner.phaseDetail, 'CUDA error: device lost');
});

t.test('a job that was cancelled before its runner was up', async (t) => {
  const diagnostics = diagnosticsWith();
  const started = await diagnosedRunner(t, diagnostics, { target: targetAt(NOBODY), program: 'obeys' });
  started.cancel();
  await started.running.outcome;
  t.match((await shown(t, diagnostics)).runner, { phase: 'shutdown_cleanup', processAlive: false });
});

t.test('the last four runners are kept, the newest first, and events are those of the newest', async (t) => {
  const diagnostics = diagnosticsWith();
  const jobIds = ['00000001', '00000002', '00000003', '00000004', '00000005'];
  for (const jobId of jobIds) {
    attachEnded(diagnostics, { jobId });
    diagnostics.onEvent({ type: 'log', line: `of ${jobId}` }, monotonicMs());
  }
  const { document } = await shown(t, diagnostics);
  t.same(
    document.supervisorRunners.map(({ runnerId }) => runnerId),
    ['runner-00000005', 'runner-00000004', 'runner-00000003', 'runner-00000002'],
  );
  for (const { runnerId, flightRecorder } of document.supervisorRunners) {
    t.same(
      flightRecorder.flatMap(({ event, detail }) => (event === 'log' ? [`runner-${detail?.slice(3)}`] : [])),
      [runnerId],
    );
  }
});

t.test('a server that tells how many layers its model has', async (t) => {
  const diagnostics = diagnosticsWith();
  const told = targetAt(NOBODY);
  const target = { ...told, server: { ...told.server, layerCount: async () => 32 } };
  attachEnded(diagnostics, { target });
  t.match((await shown(t, diagnostics)).runner, { startLayer: 0, endLayer: 32, nLayers: 32 });
  const layerCount = () => Promise.reject(new Error('the server went away'));
  const silent = { ...told, server: { ...told.server, layerCount } };
  attachEnded(diagnostics, { target: silent });
  t.match((await shown(t, diagnostics)).runner, { endLayer: 0, nLayers: 0 });
});

t.test("a Skulk target's own runners follow ours, marked with their node's id, and are asked for once", async (t) => {
  const json = skulkDiagnostics([skulkRunner]);
  const node = await serveFixture(t, { ...skulk, routes: { 'GET /v1/diagnostics/node': { json } } });
  const target = targetAt(node.apiBase, 'skulk');
  const diagnostics = diagnosticsWith({ servers: () => [target.identity, targetAt(NOBODY).identity] });
  t.match((await diagnostics.snapshot()).supervisorRunners, [{ runnerId: 'r1' }], 'a configured target is enough');
  attachEnded(diagnostics, { target });
  const { document } = await shown(t, diagnostics);
  t.match(document.supervisorRunners, [
    { runnerId: 'runner-a3f1c820', nodeId: MACHINE_ID },
    { runnerId: 'r1', nodeId: SKULK_NODE, lastMlxMemory: { active: { inBytes: 2147483648 } } },
  ]);
  t.same(document.warnings, []);
  t.equal(node.requests.length, 2, 'once for each reading');
});

t.test('a Skulk node that does not answer is a warning beside our own runners', async (t) => {
  const diagnostics = diagnosticsWith();
  const target = targetAt(NOBODY, 'skulk');
  attachEnded(diagnostics, { target });
  const { document } = await shown(t, diagnostics);
  t.match(document.supervisorRunners, [{ runnerId: 'runner-a3f1c820' }]);
  t.match(document.warnings, [/^The Skulk node at http:\/\/127\.0\.0\.1:1 did not tell its runners: /]);
});

t.test('the phase of the runner that runs can be asked without asking anybody else', async (t) => {
  let nowMs = 1000;
  const diagnostics = diagnosticsWith({ monotonicMs: () => nowMs });
  t.equal(diagnostics.current, undefined);
  let end: (end: Awaited<Runner['ended']>) => void = () => undefined;
  const ended = new Promise<Awaited<Runner['ended']>>((resolve) => {
    end = resolve;
  });
  const idle = { cancel: () => undefined, pause: () => undefined };
  const runner: Runner = { pid: process.pid, exited: new Promise(() => undefined), ended, ...idle };
  const plan = { mode: 'quick', tests: [], skipped: [] } as const;
  const job = { job: { job_id: 'a3f1c820' }, signal: new AbortController().signal };
  diagnostics.attach({ runner, plan }, { target: targetAt(NOBODY), profile: { machine_id: MACHINE_ID } }, job);
  diagnostics.onEvent({ type: 'phase', phase: 'decode_stream' }, nowMs);
  nowMs = 3500;
  t.same(diagnostics.current, { phase: 'decode_stream', secondsInPhase: 2.5 });
  end({ status: 'finished' });
  await ended;
  await new Promise(setImmediate);
  t.equal(diagnostics.current, undefined, 'it has ended');
});
