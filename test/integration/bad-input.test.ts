import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { WebSocket } from 'ws';
import { ask } from '../fixtures/api-bench.js';
import {
  cancel,
  chronicle,
  ended,
  everyFileIsWhole,
  fakeServer,
  job,
  jobIdOf,
  listed,
  measuring,
  requestRun,
  runFolders,
  STALLED,
  startAgent,
  submit,
} from '../fixtures/running-agent.js';
import { until } from '../fixtures/typhon-process.js';

const portOf = (url: string) => Number(new URL(url).port);

t.test('what makes no sense is refused with words, and starts nothing', async (t) => {
  const storage = t.testdir({});
  const agent = await startAgent(t, { storage });
  const port = portOf(agent.url);
  const refused = async (status: number, request: Parameters<typeof ask>[1], words: RegExp) => {
    const answer = await ask(port, request);
    t.equal(answer.status, status, `${request.method ?? 'GET'} ${request.path.slice(0, 60)}`);
    t.match(JSON.parse(answer.body), { detail: words });
    t.notMatch(answer.body, /node_modules|\.js:\d/, 'no word of the inside');
  };
  const run = '/jobs/run';
  const json = { 'content-type': 'application/json' };
  await refused(422, { method: 'POST', path: `${run}?mode=nonsense` }, /mode/);
  await refused(422, { method: 'POST', path: run, headers: json, body: '{"mode":' }, /no JSON/);
  await refused(422, { method: 'POST', path: run, headers: json, body: '{"mode":"nonsense"}' }, /mode/);
  await refused(
    415,
    { method: 'POST', path: run, headers: { 'content-type': 'text/plain' }, body: 'quick' },
    /text.plain/,
  );
  await refused(422, { method: 'POST', path: `${run}?mode=quick&on_busy=perhaps` }, /on_busy/);
  await refused(422, { method: 'POST', path: `${run}?speed=11` }, /speed/);
  await refused(413, { method: 'POST', path: run, body: Buffer.alloc(10 * 2 ** 20, 'x') }, /larger/);
  await refused(404, { path: '/jobs/ffffffff' }, /Job 'ffffffff' not found/);
  await refused(404, { method: 'POST', path: '/jobs/ffffffff/cancel' }, /not found/);
  await refused(404, { path: '/jobs/ffffffff/logs' }, /not found/);
  for (const id of ['..%2f..%2fmachine_id', '%2e%2e%2f%2e%2e%2fetc%2fpasswd', 'ffffffff.json', 'ffffffff%00', '*']) {
    for (const path of [`/jobs/${id}`, `/jobs/${id}/logs`, `/api/benchmark/jobs/${id}`]) {
      await refused(404, { path }, /not found|nothing at/);
    }
  }
  const socket = new WebSocket(`ws://127.0.0.1:${port}/jobs/ffffffff/ws`);
  t.equal(await new Promise((resolve) => socket.once('close', resolve)), 4004);
  t.same(await listed(agent), []);
  t.equal((await fetch(`${agent.url}/health`)).status, 200);
});

t.test('a page elsewhere reads nothing and starts nothing, whatever name it has found for the loopback', async (t) => {
  const agent = await startAgent(t, { storage: t.testdir({}) });
  const port = portOf(agent.url);
  for (const path of ['/jobs', '/metrics', '/v1/diagnostics/node', '/']) {
    const rebound = await ask(port, { path, headers: { host: `evil.example:${port}` } });
    t.equal(rebound.status, 403, path);
  }
  const headers = { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' };
  t.equal((await ask(port, { method: 'POST', path: '/jobs/run?mode=quick', headers })).status, 403);
  t.same(await listed(agent), []);
});

t.test('of 200 that ask at once one is taken, the others learn which', async (t) => {
  const server = await fakeServer(t, STALLED);
  const agent = await startAgent(t, { storage: t.testdir({}) });
  const answers = await Promise.all(Array.from({ length: 200 }, () => requestRun(agent, server)));
  const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as { job_id: string }[];
  const taken = answers.flatMap(({ status }, index) => (status === 202 ? [jobIdOf(bodies[index])] : []));
  t.equal(taken.length, 1);
  t.equal(answers.filter(({ status }) => status === 409).length, 199);
  t.ok(bodies.every((body) => body.job_id === taken[0]));
  t.same(await listed(agent), taken);
});

t.test('cancelled twice, at once and afterwards', async (t) => {
  const server = await fakeServer(t, STALLED);
  const agent = await startAgent(t, { storage: t.testdir({}) });
  const running = await submit(agent, server);
  const waiting = await submit(agent, server, '&on_busy=queue');
  await measuring(agent, server);
  for (const id of [waiting, running]) {
    const answers = await Promise.all([cancel(agent, id), cancel(agent, id)]);
    const statuses = answers.map(({ status }) => status).toSorted();
    t.equal(statuses[0], 200);
    t.ok(statuses[1] === 200 || statuses[1] === 409, `${statuses}`);
    const again = await cancel(agent, id);
    t.equal(again.status, 409);
    t.match(await again.json(), { detail: /cancelled/ });
    t.equal((await job(agent, id)).status, 'cancelled');
  }
});

const FINISHES = 8;

t.test(
  'cancelled while it finishes: either it is cancelled and leaves nothing, or it is done and recorded',
  async (t) => {
    const server = await fakeServer(t);
    const storage = t.testdir({});
    const agent = await startAgent(t, { storage });
    for (let finish = 0; finish < FINISHES; finish += 1) {
      const id = await submit(agent, server);
      await until(async () => {
        const { status, progress } = await job(agent, id);
        return status === 'done' || progress.done === progress.total;
      });
      const answer = await cancel(agent, id);
      const { status, run_id: runId } = await ended(agent, id);
      t.equal(status, answer.status === 200 ? 'cancelled' : 'done', `${answer.status}`);
      const recorded = runFolders(storage).some((name) => name.endsWith(id));
      t.equal(recorded, status === 'done');
      t.equal(
        chronicle(storage).some((row) => row['run_id'] === runId),
        status === 'done',
      );
    }
    everyFileIsWhole(t, storage);
  },
);

t.test('a pending job whose log cannot be read does not keep the agent from starting', async (t) => {
  const server = await fakeServer(t, STALLED);
  const storage = t.testdir({});
  const first = await startAgent(t, { storage });
  const running = await submit(first, server);
  const waiting = await submit(first, server, '&on_busy=queue');
  await measuring(first, server);
  first.typhon.kill('SIGTERM');
  await first.typhon.ended();
  await server.set({ fault: undefined });
  const log = join(storage, 'logs', `${waiting}.log`);
  rmSync(log);
  mkdirSync(log);
  const second = await startAgent(t, { storage });
  t.equal((await ended(second, waiting)).status, 'done');
  t.equal((await job(second, running)).status, 'interrupted');
});
