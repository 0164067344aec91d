import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { WebSocket } from 'ws';
import { halfAnHourAhead } from '../fixtures/far-schedule.js';
import { freePort } from '../fixtures/free-port.js';
import {
  chronicle,
  ended,
  everyFileIsWhole,
  fakeServer,
  job,
  listed,
  MEASURABLE,
  measuring,
  nothingIsRecorded,
  type RunningAgent,
  requestRun,
  STALLED,
  spawnAgent,
  startAgent,
  submit,
} from '../fixtures/running-agent.js';
import { isAlive, until } from '../fixtures/typhon-process.js';

const preload = (name: string) => ['--import', new URL(`../fixtures/preloads/${name}.mjs`, import.meta.url).href];

for (const fault of ['error', 'rejection']) {
  t.test(`an ${fault} that nobody caught is logged and ends the agent, its runner and its answers`, async (t) => {
    const server = await fakeServer(t, STALLED);
    const storage = t.testdir({});
    const start = { storage, nodeFlags: preload('out-of-the-blue'), env: { TYPHON_TEST_FAULT: fault } };
    const agent = await startAgent(t, start);
    const id = await submit(agent, server);
    const runner = await measuring(agent, server);
    agent.typhon.kill('SIGUSR2');
    const end = await agent.typhon.ended();
    t.equal(end.code, 1);
    const last = JSON.parse(end.stderr.trimEnd().split('\n').at(-1) ?? '');
    t.match(last, { level: 'fatal', msg: /unhandled error/, err: { message: 'out of the blue', stack: /\n\s+at / } });
    await until(() => !isAlive(runner));
    await t.rejects(fetch(`${agent.url}/health`), 'nobody answers any more');
    everyFileIsWhole(t, storage);
    const next = await startAgent(t, { storage });
    t.match(await job(next, id), { status: 'interrupted' });
  });
}

t.test('SIGTERM closes every connection: a socket, a followed log, one that says nothing', async (t) => {
  const server = await fakeServer(t, STALLED);
  const storage = t.testdir({});
  const agent = await startAgent(t, { storage });
  const id = await submit(agent, server);
  await measuring(agent, server);
  const socket = new WebSocket(`${agent.url.replace('http', 'ws')}/jobs/${id}/ws`);
  const messages: string[] = [];
  socket.on('message', (data) => messages.push(String(data)));
  await once(socket, 'message');
  const followed = await fetch(`${agent.url}/jobs/${id}/logs?follow=true`);
  const silent = connect(Number(new URL(agent.url).port), '127.0.0.1');
  await once(silent, 'connect');
  const closed = [once(socket, 'close'), once(silent, 'close')];
  agent.typhon.kill('SIGTERM');
  t.equal((await agent.typhon.ended()).code, 0);
  await Promise.all(closed);
  t.match(await followed.text(), /Interrupted: the agent ended while the job was active: a signal asked for it/);
  t.match(messages.at(-1), '{"type":"done","status":"interrupted"}');
  nothingIsRecorded(t, storage);
  t.match(JSON.parse(readFileSync(join(storage, 'logs', 'jobs', `${id}.json`), 'utf8')), { status: 'interrupted' });
});

t.test('a job that is asked for as soon as the port answers is nothing that the last life left behind', async (t) => {
  const server = await fakeServer(t);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  spawnAgent(t, { storage: t.testdir({}), more: ['--web.listen-address', `127.0.0.1:${port}`] });
  const run = `${url}/jobs/run?mode=quick&target=${encodeURIComponent(server.url)}`;
  // No pause in between: the first answer is to come from an agent that has only just begun to listen.
  const response = await until(() => fetch(run, { method: 'POST' }).catch(() => undefined));
  t.equal(response.status, 202);
  t.equal((await fetch(`${url}/-/ready`)).status, 200, 'nobody is served by an agent that is not ready');
  const { job_id: id } = (await response.json()) as { job_id: string };
  const statuses = new Set<string>();
  await until(async () => {
    const { status } = await job({ url }, id);
    statuses.add(status);
    return status === 'done' || status === 'error';
  });
  t.same(
    [...statuses].filter((status) => status !== 'pending' && status !== 'running'),
    ['done'],
  );
});

t.test('SIGTERM before it listens ends it as well', async (t) => {
  const typhon = spawnAgent(t, { storage: t.testdir({}), nodeFlags: preload('tells-of-signals') });
  await typhon.written(/listens to SIGTERM/);
  typhon.kill('SIGTERM');
  t.equal((await typhon.ended()).code, 0);
});

t.test('SIGHUP before it listens is a reload once it does', async (t) => {
  const typhon = spawnAgent(t, { storage: t.testdir({}), nodeFlags: preload('tells-of-signals') });
  await typhon.written(/listens to SIGHUP/);
  typhon.kill('SIGHUP');
  await typhon.written(/typhon listens/);
  await typhon.written(/configuration reloaded/);
  typhon.kill('SIGTERM');
  t.equal((await typhon.ended()).code, 0);
});

t.test('the clock is set back an hour while a job runs: nothing is lost, doubled or out of order', async (t) => {
  const server = await fakeServer(t, { ...MEASURABLE, ...STALLED });
  const folder = t.testdir({ storage: {} });
  const [storage, file] = [join(folder, 'storage'), join(folder, 'typhon.yaml')];
  const schedule = `{ name: hourly, cron: "${halfAnHourAhead()} * * * *", when_busy: run }`;
  await writeFile(file, `schedules: [${schedule}]\n`);
  const start = { storage, more: ['--config.file', file], nodeFlags: preload('shifted-clock') };
  const agent = await startAgent(t, start);
  const first = await submit(agent, server);
  await measuring(agent, server);
  const before = await job(agent, first);
  agent.typhon.kill('SIGUSR2');
  await agent.typhon.written(/it is 20/);
  const seconds = await secondsOf(agent);
  t.ok(seconds.length > 0 && seconds.every((value) => value >= 0 && value < 300), `${seconds}`);
  const [hourly] = (await (await fetch(`${agent.url}/schedules`)).json()) as { next_run_at: string }[];
  const leftMs = Date.parse(hourly?.next_run_at ?? '') - (Date.now() - 3_600_000);
  t.ok(leftMs > 0 && leftMs <= 2 * 3_600_000, `the next run is ${leftMs} ms away`);
  await server.set({ fault: undefined });
  await server.refuse();
  await server.listenAgain();
  const done = await ended(agent, first);
  t.equal(done.status, 'done');
  t.ok(Date.parse(done.finished_at ?? '') < Date.parse(before.started_at ?? ''), 'it has ended before it began');
  const second = await submit(agent, server);
  t.equal((await ended(agent, second)).status, 'done');
  t.same(await listed(agent), [second, first]);
  const runs = [done.run_id, (await job(agent, second)).run_id];
  t.same(
    [...new Set(chronicle(storage).map((row) => row['run_id']))],
    runs,
    'the chronicle is in the order of the runs',
  );
  everyFileIsWhole(t, storage);
  agent.typhon.kill('SIGTERM');
  t.equal((await agent.typhon.ended()).code, 0);
  const next = await startAgent(t, { storage });
  t.same((await listed(next)).toSorted(), [first, second].toSorted(), 'after a restart both are there');
  const metrics = await (await fetch(`${next.url}/metrics`)).text();
  const { result } = await job(next, second);
  // Known however busy the machine is, and no two runs have the same to the last digit.
  const tookS = (result as { benchmarks: { test_id: string; avg_elapsed_s: number }[] }).benchmarks[0]?.avg_elapsed_s;
  const series = /^typhon_benchmark_elapsed_seconds\{.*test="baseline_short".*\} (\S+)$/m.exec(metrics);
  t.equal(Number(series?.[1]), tookS, 'the metrics show the newest run, whatever its clock said');
});

/** Every duration that the diagnostics tell of the runner. */
async function secondsOf({ url }: RunningAgent): Promise<readonly number[]> {
  const { supervisorRunners: runners } = (await (await fetch(`${url}/v1/diagnostics/node`)).json()) as {
    supervisorRunners: { secondsInPhase: number; secondsInStatus: number }[];
  };
  return runners.flatMap(({ secondsInPhase, secondsInStatus }) => [secondsInPhase, secondsInStatus]);
}

t.test('over a restart: paused schedules stay paused; a token file is read again, and by a reload', async (t) => {
  const server = await fakeServer(t);
  const folder = t.testdir({ storage: {}, token: 'first-token\n' });
  const [storage, file, token] = ['storage', 'typhon.yaml', 'token'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const schedules = ['nightly', 'weekly'].map((name) => `{ name: ${name}, cron: "0 3 * * *" }`);
  await writeFile(file, `schedules: [${schedules}]\nweb: { auth: { bearer_token_file: ${token} } }\n`);
  const as = (bearer: string) => ({ headers: { authorization: `Bearer ${bearer}` } });
  const pause = ({ url }: RunningAgent, name: string, bearer: string) =>
    fetch(`${url}/schedules/${name}/pause`, { method: 'PUT', ...as(bearer) });
  const paused = async ({ url }: RunningAgent) => {
    const states = (await (await fetch(`${url}/schedules`)).json()) as { name: string; paused: boolean }[];
    return states.flatMap(({ name, paused: isPaused }) => (isPaused ? [name] : []));
  };
  const first = await startAgent(t, { storage, more: ['--config.file', file] });
  t.equal((await requestRun(first, server)).status, 401);
  t.equal((await pause(first, 'nightly', 'second-token')).status, 401);
  t.equal((await pause(first, 'nightly', 'first-token')).status, 200);
  t.same(await paused(first), ['nightly']);
  await writeFile(token, 'second-token\n');
  t.equal((await fetch(`${first.url}/-/reload`, { method: 'POST', ...as('first-token') })).status, 200);
  t.equal((await pause(first, 'weekly', 'first-token')).status, 401);
  first.typhon.kill('SIGTERM');
  t.equal((await first.typhon.ended()).code, 0);
  await writeFile(token, 'third-token\n');
  const second = await startAgent(t, { storage, more: ['--config.file', file] });
  t.same(await paused(second), ['nightly']);
  t.equal((await pause(second, 'weekly', 'second-token')).status, 401);
  t.equal((await pause(second, 'weekly', 'third-token')).status, 200);
  t.same(await paused(second), ['nightly', 'weekly']);
  t.notMatch(first.typhon.stderr + second.typhon.stderr, /(first|second|third)-token/, 'no token in the log');
});

t.test('beyond loopback it warns at every start, but not where there is a token', async (t) => {
  const storage = t.testdir({});
  const open = ['--web.listen-address', '0.0.0.0:0'];
  for (let start = 0; start < 2; start += 1) {
    const { typhon } = await startAgent(t, { storage, more: open });
    t.match(typhon.stderr, /anybody who reaches this address can start and stop benchmarks/);
    typhon.kill('SIGTERM');
    await typhon.ended();
  }
  const config = join(storage, 'typhon.yaml');
  await writeFile(config, 'schedules: []\nweb: { auth: { bearer_token: secret } }\n');
  const { typhon } = await startAgent(t, { storage, more: [...open, '--config.file', config] });
  t.notMatch(typhon.stderr, /anybody who reaches/);
});

t.test('a disk without hard links keeps a second agent away as well', async (t) => {
  const storage = t.testdir({});
  const start = { storage, nodeFlags: preload('without-hard-links') };
  const first = await startAgent(t, start);
  const second = await spawnAgent(t, start).ended();
  t.equal(second.code, 1);
  t.match(second.stderr, `pid ${first.typhon.pid}`);
  first.typhon.kill('SIGKILL');
  await first.typhon.ended();
  const third = await startAgent(t, start);
  t.equal((await fetch(`${third.url}/health`)).status, 200, 'one that died is in nobody’s way');
});
