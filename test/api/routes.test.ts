import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { z } from 'zod';
import { routes } from '../../src/api/registry.js';
import type { Job } from '../../src/jobs/job.js';
import { apiBench, ask } from '../fixtures/api-bench.js';
import { benchmarkResult } from '../fixtures/benchmark-result.js';
import { DONE, reached } from '../fixtures/job-bench.js';

async function call(url: string, method = 'GET') {
  const response = await fetch(url, { method });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return { status: response.status, text, json: isJson ? JSON.parse(text) : undefined, headers: response.headers };
}

async function started(url: string, query = 'mode=quick'): Promise<string> {
  const { status, json } = await call(`${url}/jobs/run?${query}`, 'POST');
  if (status !== 202) throw new Error(`expected 202, got ${status}: ${JSON.stringify(json)}`);
  return json.job_id;
}

t.test('the polling pattern: start, poll progress, read the result', async (t) => {
  const { url, begin, store, paths } = await apiBench(t);
  const taken = await call(`${url}/jobs/run?mode=quick`, 'POST');
  t.equal(taken.status, 202);
  t.match(taken.json, { job_id: /^[0-9a-f]{8}$/, status: 'pending', mode: 'quick' });
  t.same(Object.keys(taken.json), ['job_id', 'status', 'mode']);
  const { job_id: id } = taken.json;
  const { work, end } = await begin(0);
  work.progress({ done: 3, total: 7, current_test: 'Context sweep — 8,192 tokens' });
  const running = await call(`${url}/jobs/${id}`);
  t.match(running.json, {
    job_id: id,
    status: 'running',
    trigger: 'api',
    progress: { done: 3, total: 7, current_test: 'Context sweep — 8,192 tokens' },
    finished_at: null,
    result: null,
    error: null,
  });
  const result = benchmarkResult();
  mkdirSync(join(paths.runs, result.run_id));
  writeFileSync(join(paths.runs, result.run_id, 'result.json'), JSON.stringify(result));
  end({ status: 'done', runId: result.run_id });
  await reached(store, id, 'done');
  const done = await call(`${url}/jobs/${id}`);
  t.match(done.json, { status: 'done', progress: { done: 3, total: 7, current_test: null } });
  t.same(done.json.result, result);
  t.equal((await call(`${url}/api/benchmark/jobs/${id}`)).json.result.benchmarks[0].avg_tps, 82.5);
  t.equal((await call(`${url}/jobs/run`, 'POST')).json.mode, 'full', 'the default mode');
});

t.test('a run that retention has taken leaves its job readable', async (t) => {
  const { url, begin, store } = await apiBench(t);
  const id = await started(url);
  (await begin(0)).end(DONE);
  await reached(store, id, 'done');
  t.match((await call(`${url}/jobs/${id}`)).json, { status: 'done', result: null });
});

t.test('200 at once: one is taken, the others learn whose turn it is', async (t) => {
  const { port, begin, begun } = await apiBench(t);
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => ask(port, { method: 'POST', path: '/jobs/run?mode=quick' })),
  );
  const taken = answers.filter(({ status }) => status === 202);
  t.equal(taken.length, 1);
  t.equal(answers.filter(({ status }) => status === 409).length, 199);
  await begin(0);
  t.equal(begun.length, 1);
  const { job_id: id } = JSON.parse(taken[0]?.body ?? '{}');
  for (const { status, body } of answers) if (status === 409) t.match(JSON.parse(body), { job_id: id, detail: id });
});

t.test('queues when asked to, up to the limit', async (t) => {
  const { url, begin } = await apiBench(t, { maxQueued: () => 1 });
  await started(url);
  await begin(0);
  t.equal((await call(`${url}/jobs/run?on_busy=reject`, 'POST')).status, 409);
  const waiting = await started(url, 'on_busy=queue');
  t.match((await call(`${url}/jobs/${waiting}`)).json, { status: 'pending', started_at: null });
  const refused = await call(`${url}/jobs/run?on_busy=queue`, 'POST');
  t.equal(refused.status, 503);
  t.same(refused.json, { detail: 'queue full' });
});

t.test('several models: a job for each, in their order, which the answer names', async (t) => {
  const { url, begin, begun, store } = await apiBench(t);
  const { status, json } = await call(`${url}/jobs/run?mode=quick&target=box&model=b&model=a`, 'POST');
  t.equal(status, 202);
  t.match(json, { status: 'pending', mode: 'quick', job_ids: [String, String] });
  t.equal(json.job_id, json.job_ids[0]);
  t.same(
    json.job_ids.map((id: string) => store.get(id)).map((job?: Job) => [job?.target, job?.model, job?.trigger]),
    [
      ['box', 'b', 'api'],
      ['box', 'a', 'api'],
    ],
  );
  (await begin(0)).end({ status: 'error', error: 'load_failed' });
  const { work } = await begin(1);
  t.equal(work.job.model, 'a', 'one that fails does not stop the others');
  t.equal(begun.length, 2);
  t.equal((await call(`${url}/jobs/run?model=b&model=a`, 'POST')).status, 409);
});

t.test('all models of a server that has one: the answer names its job as one of a list', async (t) => {
  const { url } = await apiBench(t, { services: { findModels: async () => ['only'] } });
  const { json } = await call(`${url}/jobs/run?mode=quick&model=all`, 'POST');
  t.same(json.job_ids, [json.job_id]);
});

t.test('the models of the target are measured where none is named', async (t) => {
  const { url } = await apiBench(t, { services: { findModels: async () => ['b', 'a', 'c'] } });
  const { json } = await call(`${url}/jobs/run?mode=quick`, 'POST');
  t.equal(json.job_ids.length, 3);
});

t.test('bad parameters are named', async (t) => {
  const { url, begun, store } = await apiBench(t);
  const bad = [
    ['POST', '/jobs/run?mode=fast', 'mode'],
    ['POST', '/jobs/run?mode=quick&mode=full', 'mode'],
    ['POST', '/jobs/run?on_busy=wait', 'on_busy'],
    ['POST', '/jobs/run?target=', 'target'],
    ['POST', `/jobs/run?model=${'m'.repeat(513)}`, 'model'],
    ['POST', '/jobs/run?speed=high', 'speed'],
    ['GET', '/jobs?status=lost', 'status'],
    ['GET', '/jobs?limit=0', 'limit'],
    ['GET', '/jobs?limit=1001', 'limit'],
    ['GET', '/jobs?limit=many', 'limit'],
    ['GET', '/jobs?limit=1.5', 'limit'],
    ['GET', '/jobs?before=..', 'before'],
  ] as const;
  for (const [method, path, name] of bad) {
    const { status, json } = await call(`${url}${path}`, method);
    t.equal(status, 422, path);
    t.match(json.detail, name, path);
  }
  t.equal(begun.length, 0);
  t.same(store.page({ limit: 10 }), []);
});

t.test('both prefixes, for every job endpoint', async (t) => {
  const { url, begin, store } = await apiBench(t);
  for (const [index, prefix] of ['', '/api/benchmark'].entries()) {
    const id = await started(url);
    await begin(index);
    t.equal((await call(`${url}${prefix}/jobs/${id}`)).json.job_id, id);
    t.match((await call(`${url}${prefix}/jobs?status=running`)).json, [{ job_id: id }]);
    t.equal((await call(`${url}${prefix}/jobs/${id}/logs`)).status, 200);
    const cancelled = await call(`${url}${prefix}/jobs/${id}/cancel`, 'POST');
    t.equal(cancelled.status, 200);
    t.match(cancelled.json, { job_id: id, status: 'cancelled' });
    t.equal(store.get(id)?.status, 'cancelled');
    t.equal((await call(`${url}${prefix}/jobs/${id}/cancel`, 'POST')).status, 409);
    t.match((await call(`${url}${prefix}/jobs/${id}/logs`)).text, /Z Cancelled\.\n$/);
  }
});

t.test('a job that will not stop is 500', async (t) => {
  const { url, begin } = await apiBench(t, { obeys: false, stopTimeoutMs: () => 1 });
  const id = await started(url);
  await begin(0);
  const { status, json } = await call(`${url}/jobs/${id}/cancel`, 'POST');
  t.equal(status, 500);
  t.match(json, { detail: /could not be stopped/ });
});

t.test('a job that nobody knows, and what is no id at all', async (t) => {
  const { port, logged } = await apiBench(t);
  const ids = [
    '00000000',
    'x',
    '..',
    '%2e%2e',
    '..%2f..%2fetc%2fpasswd',
    '%00',
    '%ZZ',
    'a3f1c820.json',
    'A3F1C820',
    '%F0%9F',
  ];
  for (const id of ids) {
    for (const [method, end] of [
      ['GET', ''],
      ['POST', '/cancel'],
      ['GET', '/logs'],
      ['GET', '/logs?follow=true'],
      ['PUT', '/preserve'],
    ] as const) {
      const { status, body } = await ask(port, { method, path: `/jobs/${id}${end}` });
      t.equal(status, 404, `${method} /jobs/${id}${end}: ${body}`);
      t.type(JSON.parse(body).detail, 'string');
    }
  }
  t.same(JSON.parse((await ask(port, { path: '/jobs/x' })).body), { detail: "Job 'x' not found." });
  t.equal((await ask(port, { path: '/jobs?before=00000000' })).status, 404);
  t.same(
    logged.filter(({ level }) => Number(level) >= 50),
    [],
    'nothing of it is an error of ours',
  );
});

t.test('lists are newest first, by pages', async (t) => {
  const { url, begin, store, queue } = await apiBench(t);
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    const id = await started(url);
    ids.unshift(id);
    const { end } = await begin(index);
    end(index % 2 === 0 ? DONE : { status: 'error', error: 'timeout' });
    await reached(store, id, index % 2 === 0 ? 'done' : 'error');
  }
  await queue.stop('test');
  const idsOf = async (query: string) => (await call(`${url}/jobs${query}`)).json.map((job: Job) => job.job_id);
  t.same(await idsOf(''), ids);
  t.same(await idsOf('?limit=2'), ids.slice(0, 2));
  t.same(await idsOf(`?limit=2&before=${ids[1]}`), ids.slice(2, 4));
  t.same(await idsOf(`?before=${ids[4]}`), []);
  t.same(await idsOf('?status=error'), [ids[1], ids[3]]);
  const { json } = await call(`${url}/jobs?limit=1`);
  t.notOk('result' in json[0]);
});

t.test('a job can be kept from retention', async (t) => {
  const { url, begin } = await apiBench(t);
  const id = await started(url);
  await begin(0);
  t.equal((await call(`${url}/jobs/${id}/preserve`, 'PUT')).json.preserved, true);
  t.equal((await call(`${url}/jobs/${id}`)).json.preserved, true);
  t.equal((await call(`${url}/jobs/${id}/preserve`, 'DELETE')).json.preserved, false);
});

t.test('schedules: listed with their next run, paused and let go on', async (t) => {
  const { url } = await apiBench(t);
  const [listed] = (await call(`${url}/schedules`)).json;
  t.match(listed, {
    name: 'nightly',
    cron: '0 3 * * *',
    timezone: 'UTC',
    mode: 'quick',
    targets: 'all',
    jitter_s: 60,
    when_busy: 'skip',
    paused: false,
    next_run_at: /T03:00:00\.000Z$/,
    last_run: null,
    last_skip: null,
  });
  t.match((await call(`${url}/schedules/nightly/pause`, 'PUT')).json, { paused: true, next_run_at: null });
  t.match((await call(`${url}/schedules`)).json, [{ paused: true }]);
  t.match((await call(`${url}/schedules/nightly/pause`, 'DELETE')).json, { paused: false, next_run_at: /T03:00/ });
  for (const name of ['weekly', '__proto__', '..%2fnightly']) {
    t.equal((await call(`${url}/schedules/${name}/pause`, 'PUT')).status, 404, name);
  }
});

t.test('a scan reads the hardware, but not while a benchmark runs', async (t) => {
  const { url, begin } = await apiBench(t);
  const { status, json } = await call(`${url}/scan`, 'POST');
  t.equal(status, 200);
  t.type(json.machine_id, 'string');
  const id = await started(url);
  await begin(0);
  const refused = await call(`${url}/scan`, 'POST');
  t.equal(refused.status, 409);
  t.match(refused.json.detail, id);
});

t.test('a reload that fails says why', async (t) => {
  const { url } = await apiBench(t, { services: { reload: async () => ({ reloaded: false, reasons: 'jobs: no' }) } });
  const { status, json } = await call(`${url}/-/reload`, 'POST');
  t.equal(status, 400);
  t.same(json, { detail: 'jobs: no' });
  const good = await apiBench(t);
  t.equal((await call(`${good.url}/-/reload`, 'POST')).status, 200);
});

t.test('health', async (t) => {
  let ready = false;
  const { url } = await apiBench(t, { services: { ready: () => ready } });
  const { status, json } = await call(`${url}/health`);
  t.equal(status, 200);
  t.same(Object.keys(json), ['status', 'timestamp']);
  t.equal(json.status, 'ok');
  t.ok(z.iso.datetime().safeParse(json.timestamp).success, json.timestamp);
  t.equal((await call(`${url}/-/healthy?probe=1`)).status, 200);
  t.equal((await call(`${url}/-/ready`)).status, 503);
  ready = true;
  t.equal((await call(`${url}/-/ready`)).status, 200);
});

t.test('every path answers other methods with 405, and nowhere is 404', async (t) => {
  const { url, logged } = await apiBench(t);
  for (const { path, method } of routes) {
    const filled = path.replace(/\{\w+\}/g, '00000000');
    const others = routes.filter((route) => route.path === path).map((route) => route.method as string);
    const wrong = ['patch', 'delete', 'post', 'get'].find((name) => !others.includes(name) && name !== method) ?? '';
    // The one path that is also another with a parameter.
    if (path === '/jobs/run' && wrong === 'get') continue;
    const answer = await call(`${url}${filled}`, wrong.toUpperCase());
    t.equal(answer.status, 405, `${wrong} ${filled}`);
    t.type(answer.json?.detail, 'string');
    t.ok(answer.headers.get('allow'), `Allow of ${filled}`);
  }
  t.equal((await call(`${url}/nowhere`)).status, 404);
  t.match((await call(`${url}/nowhere`)).json.detail, '/docs');
  t.equal((await call(`${url}/jobs`, 'PROPFIND')).status, 405, 'also where no endpoint has the method');
  t.same(
    logged.filter(({ level }) => Number(level) >= 50),
    [],
  );
});
