import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { BenchmarkResult } from '../../src/benchmark/result.js';
import {
  cancel,
  chronicle,
  ended,
  fakeServer,
  job,
  type RunningAgent,
  startAgent,
  submit,
} from '../fixtures/running-agent.js';
import { runnersOf, until } from '../fixtures/typhon-process.js';

// Slow enough that whoever asks finds a test under way.
const SLOW = { tokenGapMs: 2 };
/** Where nobody asks. */
const FAST = { tokenGapMs: 0.05 };

function ask({ url }: RunningAgent, id: string, what: 'pause' | 'resume'): Promise<Response> {
  return fetch(`${url}/jobs/${id}/${what}`, { method: 'POST' });
}

async function refusal(answer: Promise<Response>): Promise<{ status: number; detail: string }> {
  const response = await answer;
  return { status: response.status, detail: ((await response.json()) as { detail: string }).detail };
}

function inState(agent: RunningAgent, id: string, status: string) {
  return until(async () => {
    const found = await job(agent, id);
    return found.status === status && found;
  });
}

function testsOf(result: unknown): readonly string[] {
  return (result as BenchmarkResult).benchmarks.map((test) => test.test_id);
}

/** A job that has finished a test of several, paused. */
async function pausedJob(agent: RunningAgent, id: string) {
  await until(async () => (await job(agent, id)).progress.done > 0);
  const answer = await ask(agent, id, 'pause');
  if (answer.status !== 200) throw new Error(`expected 200, got ${answer.status}: ${await answer.text()}`);
  return inState(agent, id, 'paused');
}

t.test('a job pauses after its test, lets others run, and ends as one that ran in one go', async (t) => {
  const server = await fakeServer(t, FAST);
  const storage = t.testdir({});
  const agent = await startAgent(t, { storage });
  const undisturbed = await ended(agent, await submit(agent, server));
  // No test ends between two questions.
  await server.set({ tokenGapMs: 8 });
  const id = await submit(agent, server);
  await until(async () => (await job(agent, id)).progress.done > 0);
  const answer = await ask(agent, id, 'pause');
  t.equal(answer.status, 200);
  t.match(await answer.json(), { job_id: id, status: 'running', pausing: true });
  t.match(await refusal(ask(agent, id, 'pause')), { status: 409, detail: /being paused already/ });
  await server.set(FAST);
  const paused = await inState(agent, id, 'paused');
  t.match(paused, { finished_at: null, run_id: null, result: null });
  t.equal(runnersOf(agent.typhon.pid).length, 0, 'nothing of it runs');
  t.match(await refusal(ask(agent, id, 'pause')), { status: 409, detail: /status: paused/ });
  t.match(await (await fetch(`${agent.url}/jobs?status=paused`)).json(), [{ job_id: id }]);
  t.match(await (await fetch(`${agent.url}/status`)).json(), { running: null, paused: [{ job_id: id }] });
  t.match(await (await fetch(`${agent.url}/metrics`)).text(), /^typhon_jobs_paused 1$/m);
  const other = await ended(agent, await submit(agent, server));
  t.equal(other.status, 'done', 'another runs meanwhile');
  t.match(await (await ask(agent, id, 'resume')).json(), { job_id: id, status: 'pending' });
  t.match(await refusal(ask(agent, id, 'resume')), { status: 409 });
  const done = await ended(agent, id);
  t.equal(done.status, 'done');
  const [before, result] = [undisturbed.result as BenchmarkResult, done.result as BenchmarkResult];
  t.same(testsOf(result), testsOf(before), 'every test once, in its order');
  t.same(result.skipped, before.skipped);
  t.same(Object.keys(result), Object.keys(before));
  t.same(before.segments, []);
  t.equal(result.segments.length, 2);
  const times = result.segments.flatMap(({ from, to }) => [from, to]);
  t.same(times, times.toSorted());
  const otherResult = other.result as BenchmarkResult;
  t.ok((times[1] ?? '') <= otherResult.run_at && otherResult.finished_at <= (times[2] ?? ''), 'the other ran between');
  t.equal(times[3], result.finished_at);
  t.equal(chronicle(storage).filter((row) => row['run_id'] === result.run_id).length, testsOf(result).length);
  t.match(await refusal(ask(agent, id, 'resume')), {
    status: 409,
    detail: /not paused or interrupted \(status: done\)/,
  });
  // What it had finished stands in its result: it goes once that is told.
  await until(() => readdirSync(join(storage, 'checkpoints')).length === 0);
});

t.test('a paused job survives the agent, also one that is killed, and can be cancelled', async (t) => {
  const server = await fakeServer(t, SLOW);
  const storage = t.testdir({});
  const first = await startAgent(t, { storage });
  const id = await submit(first, server);
  const paused = await pausedJob(first, id);
  first.typhon.kill('SIGTERM');
  await first.typhon.ended();
  const second = await startAgent(t, { storage });
  t.match(await job(second, id), { status: 'paused', progress: paused.progress });
  second.typhon.kill('SIGKILL');
  await second.typhon.ended();
  const third = await startAgent(t, { storage });
  await server.set(FAST);
  t.equal((await ask(third, id, 'resume')).status, 200);
  t.match(await ended(third, id), { status: 'done', result: { segments: { length: 2 } } });
  await server.set(SLOW);
  const given = await submit(third, server);
  await pausedJob(third, given);
  t.match(await (await cancel(third, given)).json(), { status: 'cancelled' });
  t.match(await refusal(ask(third, given, 'resume')), { status: 409 });
  await until(() => !existsSync(join(storage, 'checkpoints', `${given}.json`)));
});

t.test(
  'an agent that is killed or stopped, a killed runner: the job goes on from its first unfinished test',
  async (t) => {
    const server = await fakeServer(t, SLOW);
    const storage = t.testdir({});
    const first = await startAgent(t, { storage });
    const id = await submit(first, server);
    await until(() => existsSync(join(storage, 'checkpoints', `${id}.json`)));
    first.typhon.kill('SIGKILL');
    await first.typhon.ended();
    const second = await startAgent(t, { storage });
    t.match(await job(second, id), { status: 'interrupted' });
    t.equal((await ask(second, id, 'resume')).status, 200);
    await inState(second, id, 'running');
    second.typhon.kill('SIGTERM');
    await second.typhon.ended();
    const agent = await startAgent(t, { storage });
    t.match(await job(agent, id), { status: 'interrupted' });
    t.equal((await ask(agent, id, 'resume')).status, 200);
    await until(async () => (await job(agent, id)).progress.done > 1);
    for (const pid of runnersOf(agent.typhon.pid)) process.kill(pid, 'SIGKILL');
    t.match(await ended(agent, id), { status: 'error', crashed: true, error: /SIGKILL/ });
    await server.set(FAST);
    t.equal((await ask(agent, id, 'resume')).status, 200);
    const { status, result } = await ended(agent, id);
    t.equal(status, 'done');
    t.equal(new Set(testsOf(result)).size, testsOf(result).length);
    t.ok((result as BenchmarkResult).segments.length >= 3);
  },
);
