import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { benchmarkResultSchema } from '../../src/benchmark/result.js';
import { jobSchema } from '../../src/jobs/job.js';
import type { FakeLlmSettings } from '../fixtures/fake-llm/options.js';
import { type ForkedFakeLlmServer, forkFakeLlmServer } from '../fixtures/forked-fake-llm-server.js';
import { onSmallDisk } from '../fixtures/small-disk.js';
import { isAlive, runnersOf, startTyphon, type TyphonProcess, until } from '../fixtures/typhon-process.js';

t.setTimeout(300_000);

const QUICK: FakeLlmSettings = { contextLength: 2048, tokenGapMs: 0.05, ttftMs: 1 };
const STALLED: FakeLlmSettings = { fault: { kind: 'stall', afterTokens: 3 } };

async function fakeServer(t: Test, settings: FakeLlmSettings = {}): Promise<ForkedFakeLlmServer> {
  const server = await forkFakeLlmServer({ ...QUICK, ...settings });
  t.teardown(() => server.close());
  return server;
}

interface RunningAgent {
  readonly typhon: TyphonProcess;
  readonly url: string;
}

interface AgentStart {
  readonly storage: string;
  readonly more?: readonly string[];
}

function spawnAgent(t: Test, { storage, more = [] }: AgentStart): TyphonProcess {
  return startTyphon(t, ['--storage.path', storage, '--web.listen-address', '127.0.0.1:0', ...more]);
}

async function startAgent(t: Test, start: AgentStart): Promise<RunningAgent> {
  const typhon = spawnAgent(t, start);
  const [, url = ''] = await typhon.written(/"url":"(http:[^"]+)"/);
  return { typhon, url };
}

async function submit({ url }: RunningAgent, server: ForkedFakeLlmServer): Promise<string> {
  const target = encodeURIComponent(server.url);
  const response = await fetch(`${url}/jobs/run?mode=quick&target=${target}`, { method: 'POST' });
  if (response.status !== 202) throw new Error(`expected 202, got ${response.status}: ${await response.text()}`);
  return jobIdOf(await response.json());
}

function jobIdOf(body: unknown): string {
  return (body as { job_id: string }).job_id;
}

async function job({ url }: RunningAgent, id: string) {
  const body = await (await fetch(`${url}/jobs/${id}`)).json();
  return { ...jobSchema.parse(body), result: (body as { result: unknown }).result };
}

function ended(agent: RunningAgent, id: string) {
  return until(async () => {
    const found = await job(agent, id);
    return found.status !== 'pending' && found.status !== 'running' && found;
  });
}

/** The runner of an agent once its server has sent it tokens. */
async function measuring({ typhon }: RunningAgent, server: ForkedFakeLlmServer): Promise<number> {
  await until(async () => (await server.schedule()).some(({ events }) => events.some(({ tokens }) => tokens > 0)));
  const [runner] = runnersOf(typhon.pid);
  if (runner === undefined) throw new Error('a runner was expected');
  return runner;
}

/** Fails where a file of the storage path cannot be read as what it should be. */
function everyFileIsWhole(t: Test, storage: string): void {
  for (const name of readdirSync(join(storage, 'logs', 'jobs'))) {
    jobSchema.parse(JSON.parse(readFileSync(join(storage, 'logs', 'jobs', name), 'utf8')));
  }
  const runs = readdirSync(join(storage, 'runs')).filter((name) => !name.startsWith('.tmp-'));
  for (const name of runs) {
    benchmarkResultSchema.parse(JSON.parse(readFileSync(join(storage, 'runs', name, 'result.json'), 'utf8')));
  }
  const files = readdirSync(storage);
  if (files.includes('last_run.json')) {
    benchmarkResultSchema.parse(JSON.parse(readFileSync(join(storage, 'last_run.json'), 'utf8')));
  }
  if (files.includes('chronicle.jsonl')) {
    for (const line of readFileSync(join(storage, 'chronicle.jsonl'), 'utf8').trimEnd().split('\n')) JSON.parse(line);
  }
  t.pass('every file is whole');
}

t.test('start, poll, read the result; the files hold it before the job is done', async (t) => {
  const server = await fakeServer(t);
  const storage = t.testdir({});
  const agent = await startAgent(t, { storage });
  const id = await submit(agent, server);
  const seen = new Set<number>();
  const done = await until(async () => {
    const found = await job(agent, id);
    if (found.progress.total !== null) seen.add(found.progress.total);
    return found.status !== 'pending' && found.status !== 'running' && found;
  });
  t.match(done, { status: 'done', error: null, progress: { done: 3, total: 3, current_test: null } });
  t.same([...seen], [3]);
  const result = benchmarkResultSchema.parse(done.result);
  for (const test of result.benchmarks) t.ok((test.avg_tps ?? 0) > 0, `${test.test_id}: ${test.avg_tps}`);
  t.same(JSON.parse(readFileSync(join(storage, 'last_run.json'), 'utf8')), result);
  const log = await (await fetch(`${agent.url}/jobs/${id}/logs?follow=true`)).text();
  t.match(log, /\[3\/3\]/);
  t.match(log, `Done. Recorded as ${result.run_id}.`);
  t.match(agent.typhon.stderr, `"job_id":"${id}"`);
  everyFileIsWhole(t, storage);
});

t.test('cancel: idle again when it answers, nothing of it recorded', async (t) => {
  const server = await fakeServer(t, STALLED);
  const storage = t.testdir({});
  const agent = await startAgent(t, { storage });
  const id = await submit(agent, server);
  const runner = await measuring(agent, server);
  const response = await fetch(`${agent.url}/jobs/${id}/cancel`, { method: 'POST' });
  t.equal(response.status, 200);
  t.match(await response.json(), { status: 'cancelled' });
  t.notOk(isAlive(runner));
  t.same(readdirSync(join(storage, 'runs')), []);
  t.notOk(readdirSync(storage).some((name) => name === 'last_run.json' || name === 'chronicle.jsonl'));
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
  const response = await fetch(`${agent.url}/jobs/${id}/cancel`, { method: 'POST' });
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

t.test('SIGTERM: the job is cancelled, the files whole, the end a proper one', async (t) => {
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
  t.equal(kept(id).status, 'cancelled');
  t.equal(kept(waitingId).status, 'pending', 'what waited waits for the next start');
});

t.test('kill -9 in the middle of a run, then a start: no orphan, every file whole, the history complete', async (t) => {
  const server = await fakeServer(t);
  const storage = t.testdir({});
  const history: string[] = [];
  const expected = new Map<string, readonly string[]>();
  // While the plan is made, while the first test runs, while a later one does, and right after the end.
  const moments = ['submitted', 'first test', 'later test', 'done'] as const;
  const checked = async (agent: RunningAgent) => {
    for (const id of history) {
      const { status } = await ended(agent, id);
      t.ok(expected.get(id)?.includes(status), `${id} is ${status}, expected ${expected.get(id)}`);
    }
  };
  for (const moment of moments) {
    await server.set({ fault: undefined, faults: [] });
    const agent = await startAgent(t, { storage });
    await checked(agent);
    // The first request is thrown away, the next three are the first test's.
    const stalls = moment === 'later test' ? [null, null, null, null, ...Array(9).fill(STALLED.fault)] : [];
    await server.set({ fault: moment === 'first test' ? STALLED.fault : undefined, faults: stalls });
    const id = await submit(agent, server);
    history.push(id);
    // One that had not begun on disk waits again and runs.
    if (moment === 'submitted') expected.set(id, ['interrupted', 'done']);
    else expected.set(id, [moment === 'done' ? 'done' : 'interrupted']);
    await until(async () => {
      const { status, progress } = await job(agent, id);
      if (moment === 'first test') return progress.current_test !== null;
      if (moment === 'later test') return progress.done > 0;
      return moment === 'submitted' || status === 'done';
    });
    const runners = runnersOf(agent.typhon.pid);
    agent.typhon.kill('SIGKILL');
    await agent.typhon.ended();
    await until(() => runners.every((pid) => !isAlive(pid)));
    everyFileIsWhole(t, storage);
  }
  const agent = await startAgent(t, { storage });
  await checked(agent);
  const listed = await (await fetch(`${agent.url}/jobs`)).json();
  t.same((listed as { job_id: string }[]).map(jobIdOf), history.toReversed());
  t.match(await job(agent, history[1] ?? ''), { status: 'interrupted', error: /the agent ended/ });
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
      t.same(readdirSync(join(storage, 'runs')), []);
      t.notOk(readdirSync(storage).includes('last_run.json'));
      t.equal((await fetch(`${agent.url}/health`)).status, 200);
      agent.typhon.kill('SIGTERM');
      t.equal((await agent.typhon.ended()).code, 0);
    });
    if (refused !== undefined) t.comment(refused);
  },
);
