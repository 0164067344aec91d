import { createServer } from 'node:http';
import t, { type Test } from 'tap';
import { runnerRecordSchema } from '../../src/runner/diagnostics/diagnostics-schema.js';
import { readSkulkRunners } from '../../src/runner/skulk-runners.js';
import { listening } from '../fixtures/listening.js';
import { NONE } from '../fixtures/none.js';
import { serveFixture } from '../fixtures/servers/fixture-server.js';
import { skulk } from '../fixtures/servers/skulk.js';
import { SKULK_NODE, skulkDiagnostics, skulkRunner } from '../fixtures/skulk-diagnostics.js';

async function told(t: Test, supervisorRunners: readonly unknown[], more: object = {}) {
  const json = { ...skulkDiagnostics(supervisorRunners), ...more };
  const { apiBase } = await serveFixture(t, { ...skulk, routes: { 'GET /v1/diagnostics/node': { json } } });
  return { apiBase, ...(await readSkulkRunners({ apiBase }, 5000)) };
}

t.test("a node's runners, with its own id, times in UTC, and nothing that is not of the shape", async (t) => {
  const { runners, warnings } = await told(t, [skulkRunner]);
  t.same(warnings, []);
  t.equal(runners.length, 1);
  const [runner] = runners;
  t.same(runnerRecordSchema.parse(runner), runner);
  t.match(runner, {
    runnerId: 'r1',
    nodeId: SKULK_NODE,
    worldSize: 2,
    startLayer: 0,
    endLayer: 14,
    nLayers: 28,
    statusKind: 'RunnerRunning',
    statusSince: '2026-11-21T14:30:40.123Z',
    phase: 'decode_stream',
    lastProgressAt: null,
    lastMlxMemory: { generatedAt: '2026-11-21T14:30:44.500Z', active: { inBytes: 2147483648 }, wiredLimit: null },
    flightRecorder: [{ at: '2026-11-21T14:30:44.500Z', attrs: { tokens: 12, tags: ['a'] }, context: { rank: 0 } }],
  });
  t.notOk(Object.hasOwn(runner ?? {}, 'somethingNew'));
});

t.test('what an older node leaves out is empty or unknown', async (t) => {
  const { flightRecorder: _recorder, milestones: _milestones, pid: _pid, nodeId: _node, ...older } = skulkRunner;
  const { runners, warnings } = await told(t, [older], { runtime: { nodeId: SKULK_NODE } });
  t.same(warnings, []);
  t.match(runners, [{ nodeId: SKULK_NODE, pid: null, flightRecorder: NONE, milestones: NONE }]);
});

t.test('of a longer recorder the last 128 entries are shown', async (t) => {
  const [entry] = skulkRunner.flightRecorder;
  const flightRecorder = Array.from({ length: 200 }, (_, index) => ({ ...entry, event: `event ${index + 1}` }));
  const { runners } = await told(t, [{ ...skulkRunner, flightRecorder }]);
  t.equal(runners[0]?.flightRecorder.length, 128);
  t.equal(runners[0]?.flightRecorder[0]?.event, 'event 73');
});

t.test('a runner of another shape is left out with the reason, the others stay', async (t) => {
  const bad = { ...skulkRunner, phase: 'thinking' };
  const { apiBase, runners, warnings } = await told(t, [bad, 'r2', skulkRunner]);
  t.match(runners, [{ runnerId: 'r1', phase: 'decode_stream' }]);
  t.equal(warnings.length, 2);
  t.ok(warnings[0]?.startsWith(`Runner 1 of the Skulk node at ${apiBase} is left out: phase: `), warnings[0] ?? '');
  t.match(warnings[1], 'Runner 2 of the Skulk node at');
});

t.test('a node that says something else is a warning', async (t) => {
  const { apiBase } = await serveFixture(t, { ...skulk, routes: {} });
  const { runners, warnings } = await readSkulkRunners({ apiBase }, 5000);
  t.same(runners, []);
  t.equal(warnings.length, 1);
  t.match(warnings[0], `The Skulk node at ${apiBase} did not tell its runners: `);
  t.match(warnings[0], '404');
});

t.test('a node that is not there is a warning', async (t) => {
  const { warnings } = await readSkulkRunners({ apiBase: 'http://127.0.0.1:1' }, 5000);
  t.match(warnings, [/did not tell its runners: Cannot reach http:\/\/127\.0\.0\.1:1: the connection was refused/]);
});

t.test('a node that gives no answer is a warning', async (t) => {
  const port = await listening(
    t,
    createServer(() => undefined),
  );
  const { warnings } = await readSkulkRunners({ apiBase: `http://127.0.0.1:${port}` }, 20);
  t.match(warnings, [/did not tell its runners: no answer within 0\.02 s/]);
});

t.test('the key of the target is shown to the node', async (t) => {
  const { apiBase, requests } = await serveFixture(t, skulk);
  await readSkulkRunners({ apiBase, apiKey: 'secret' }, 5000);
  t.match(requests, [{ line: 'GET /v1/diagnostics/node', authorization: 'Bearer secret' }]);
});
