import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { benchmarkResultSchema } from '../../src/benchmark/result.js';
import {
  cancel,
  ended,
  everyFileIsWhole,
  fakeServer,
  job,
  jobIdOf,
  MEASURABLE,
  measuring,
  nothingIsRecorded,
  runFolders,
  STALLED,
  spawnAgent,
  startAgent,
  submit,
} from '../fixtures/running-agent.js';
import { onSmallDisk } from '../fixtures/small-disk.js';
import { isAlive, startTyphon, until } from '../fixtures/typhon-process.js';

t.test('start, poll, read the result; the files hold it before the job is done', async (t) => {
  const server = await fakeServer(t, MEASURABLE);
  const storage = t.testdir({});
  const agent = await startAgent(t, { storage });
  const id = await submit(agent, server);
  const seen = new Set<number>();
  const done = await until(async () => {
    const found = await job(agent, id);
    if (found.progress.total !== null) seen.add(found.progress.total);
    return found.status !== 'pending' && found.status !== 'running' && found;
  });
  t.match(done, { status: 'done', error: null, progress: { done: 4, total: 4, current_test: null } });
  t.same([...seen], [4]);
  const result = benchmarkResultSchema.parse(done.result);
  const measured = result.benchmarks.filter(({ category }) => category !== 'canary');
  for (const { test_id: id, avg_tps: speed, findings } of measured) {
    // Unknown alone where a busy machine read the tokens in clumps; then it says so.
    const isClumped = findings.some(({ code }) => code === 'arrivals_clumped');
    t.ok(speed === null ? isClumped : speed > 0, `${id}: ${speed}`);
  }
  t.match(result.benchmarks.at(-1), { test_id: 'canary', canary: { deterministic: true, verdict: 'pending' } });
  t.same(JSON.parse(readFileSync(join(storage, 'last_run.json'), 'utf8')), result);
  const log = await (await fetch(`${agent.url}/jobs/${id}/logs?follow=true`)).text();
  t.match(log, /\[4\/4\]/);
  t.match(log, `Done. Recorded as ${result.run_id}.`);
  t.match(agent.typhon.stderr, `"job_id":"${id}"`);
  everyFileIsWhole(t, storage);
});

t.test('a run that finds its server gone has the target looked at; so has one on a server that is back', async (t) => {
  const server = await fakeServer(t, MEASURABLE);
  const file = join(t.testdir({}), 'typhon.yaml');
  await writeFile(file, `targets: [{ name: box, url: "${server.url}" }]\nschedules: []\n`);
  const agent = await startAgent(t, { storage: join(t.testdirName, 'data'), more: ['--config.file', file] });
  const verdict = async () => {
    const status = (await (await fetch(`${agent.url}/status`)).json()) as { verdict: { state: string } };
    return status.verdict.state;
  };
  t.equal((await ended(agent, await submit(agent, server))).status, 'done');
  await server.refuse();
  t.match(await ended(agent, await submit(agent, server)), { status: 'error', error: /refused/ });
  // Nobody has asked for the verdict yet, without whom there is no look but the run's.
  await agent.typhon.written(/"target":"box".*the target is down/);
  t.equal(await verdict(), 'unreachable');
  t.match(await (await fetch(`${agent.url}/metrics`)).text(), /^typhon_target_up\{target="box"\} 0$/m);
  await server.listenAgain();
  t.equal((await ended(agent, await submit(agent, server))).status, 'done');
  await until(async () => (await verdict()) !== 'unreachable');
});

t.test('cancel: idle again when it answers, nothing of it recorded', async (t) => {
  const server = await fakeServer(t, STALLED);
  const storage = t.testdir({});
  const agent = await startAgent(t, { storage });
  const id = await submit(agent, server);
  const runner = await measuring(agent, server);
  const response = await cancel(agent, id);
  t.equal(response.status, 200);
  t.match(await response.json(), { status: 'cancelled' });
  t.notOk(isAlive(runner));
  nothingIsRecorded(t, storage);
  await server.set({ fault: undefined });
  const next = await submit(agent, server);
  t.equal((await ended(agent, next)).status, 'done', 'the next job runs');
});

t.test('a runner that hears nothing any more is killed after the grace', async (t) => {
  const server = await fakeServer(t, STALLED);
  const storage = t.testdir({});
  const agent = await startAgent(t, { storage });
  const id = await submit(agent, server);
  const runner = await measuring(agent, server);
  process.kill(runner, 'SIGSTOP');
  const response = await cancel(agent, id);
  t.equal(response.status, 200, await response.text());
  t.notOk(isAlive(runner));
});

t.test('a runner that dies is an error of its job', async (t) => {
  const server = await fakeServer(t, STALLED);
  const agent = await startAgent(t, { storage: t.testdir({}) });
  const id = await submit(agent, server);
  process.kill(await measuring(agent, server), 'SIGKILL');
  t.match(await ended(agent, id), { status: 'error', error: /the runner ended with SIGKILL/, result: null });
});

t.test('SIGTERM: the job is broken off and can go on, the files whole, the end a proper one', async (t) => {
  const server = await fakeServer(t, STALLED);
  const storage = t.testdir({});
  const agent = await startAgent(t, { storage });
  const id = await submit(agent, server);
  const runner = await measuring(agent, server);
  const waiting = await fetch(`${agent.url}/jobs/run?mode=quick&on_busy=queue`, { method: 'POST' });
  const waitingId = jobIdOf(await waiting.json());
  agent.typhon.kill('SIGTERM');
  const end = await agent.typhon.ended();
  t.equal(end.code, 0, end.stderr);
  t.notOk(isAlive(runner));
  everyFileIsWhole(t, storage);
  t.notOk(readdirSync(storage).includes('agent.lock'));
  const kept = (jobId: string) => JSON.parse(readFileSync(join(storage, 'logs', 'jobs', `${jobId}.json`), 'utf8'));
  t.equal(kept(id).status, 'interrupted');
  t.equal(kept(waitingId).status, 'pending', 'what waited waits for the next start');
});

t.test('a second agent on the same storage path is told who holds it', async (t) => {
  const storage = t.testdir({});
  const first = await startAgent(t, { storage });
  const second = await spawnAgent(t, { storage }).ended();
  t.equal(second.code, 1);
  t.match(second.stderr, `pid ${first.typhon.pid}`);
  t.match(second.stderr, '--storage.path');
  t.notMatch(second.stderr, /\n\s+at /);
  t.equal((await fetch(`${first.url}/health`)).status, 200);
});

t.test('a port in use ends the start with one line', async (t) => {
  const first = await startAgent(t, { storage: t.testdir({}) });
  const { host } = new URL(first.url);
  const storage = join(t.testdirName, 'other');
  mkdirSync(storage);
  const second = await startTyphon(t, ['agent', '--storage.path', storage, '--web.listen-address', host]).ended();
  t.equal(second.code, 1);
  t.match(second.stderr, `typhon's own agent answers at ${first.url}. Choose another port with --web.listen-address.`);
  t.notOk(readdirSync(storage).includes('agent.lock'));
});

t.test('a reload: a bad file changes nothing, a good one is in force; a job goes on', async (t) => {
  const server = await fakeServer(t, STALLED);
  const folder = t.testdir({});
  const file = join(folder, 'typhon.yaml');
  const schedules = (cron: string) => `schedules: [{ name: nightly, cron: "${cron}" }]\n`;
  await writeFile(file, schedules('0 3 * * *'));
  const agent = await startAgent(t, { storage: join(folder, 'data'), more: ['--config.file', file] });
  const id = await submit(agent, server);
  await measuring(agent, server);
  const cron = async () => {
    const [first] = (await (await fetch(`${agent.url}/schedules`)).json()) as { cron: string }[];
    return first?.cron;
  };
  await writeFile(file, 'schedules: [{ name: nightly, cron: "0 0 30 2 *" }]\n');
  const refused = await fetch(`${agent.url}/-/reload`, { method: 'POST' });
  t.equal(refused.status, 400);
  t.match(await refused.json(), { detail: /schedules\[0\]\.cron|cron/ });
  t.equal(await cron(), '0 3 * * *');
  agent.typhon.kill('SIGHUP');
  await agent.typhon.written(/was not reloaded(?:.|\n)*was not reloaded/);
  t.equal(await cron(), '0 3 * * *');
  await writeFile(file, schedules('0 4 * * *'));
  agent.typhon.kill('SIGHUP');
  await agent.typhon.written(/configuration reloaded/);
  t.equal(await cron(), '0 4 * * *');
  t.equal((await job(agent, id)).status, 'running');
});

t.test(
  'a disk that fills up while a job runs: the job is an error, nothing of it stays, the agent goes on',
  async (t) => {
    const server = await fakeServer(t, STALLED);
    const storage = t.testdir({});
    const refused = await onSmallDisk(storage, 32 * 1024, async () => {
      const agent = await startAgent(t, { storage });
      const id = await submit(agent, server);
      await measuring(agent, server);
      await writeFile(join(storage, 'ballast'), Buffer.alloc(32 * 2 ** 20)).catch(() => undefined);
      await server.set({ fault: undefined });
      // The stalled test ends when its server goes away; the others then succeed.
      await server.refuse();
      await server.listenAgain();
      const failed = await ended(agent, id);
      t.match(failed, { status: 'error', error: /disk is full/ });
      t.same(runFolders(storage), []);
      t.notOk(readdirSync(storage).includes('last_run.json'));
      t.equal((await fetch(`${agent.url}/health`)).status, 200);
      agent.typhon.kill('SIGTERM');
      t.equal((await agent.typhon.ended()).code, 0);
    });
    if (refused !== undefined) t.comment(refused);
  },
);
