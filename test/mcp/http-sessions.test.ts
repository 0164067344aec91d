import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '@modelcontextprotocol/sdk/types.js';
import t from 'tap';
import { recordResult } from '../../src/chronicle/record.js';
import { httpSessions } from '../../src/mcp/http-sessions.js';
import { tools } from '../../src/mcp/registry.js';
import { apiBench, ask } from '../fixtures/api-bench.js';
import { benchmarkResult } from '../fixtures/benchmark-result.js';
import { eventually } from '../fixtures/eventually.js';
import { reached } from '../fixtures/job-bench.js';
import { httpClient, textOf } from '../fixtures/mcp-client.js';

t.test('lists nine tools, each with schemas and a word on whether it changes anything', async (t) => {
  const { url } = await apiBench(t);
  const { client } = await httpClient(t, url);
  const listed = (await client.listTools()).tools;
  t.same(
    listed.map(({ name }) => name),
    [
      'list_targets',
      'list_models',
      'run_benchmark',
      'get_job',
      'cancel_job',
      'get_report',
      'get_trends',
      'compare_runs',
      'what_changed',
    ],
  );
  for (const { name, inputSchema, outputSchema, annotations } of listed) {
    t.equal(inputSchema.type, 'object', name);
    t.notMatch(JSON.stringify(inputSchema), /\$ref/, name);
    t.equal(outputSchema?.type, 'object', name);
    t.equal(annotations?.readOnlyHint, !['run_benchmark', 'cancel_job'].includes(name), name);
  }
  const modes = listed.find(({ name }) => name === 'run_benchmark')?.inputSchema.properties?.['mode'];
  t.match(modes, { enum: ['quick', 'full', 'zeus'] }, 'as the API takes them');
});

t.test('a run is followed to its end, with progress that never stands still', async (t) => {
  const { url, begin, paths } = await apiBench(t);
  const { call } = await httpClient(t, url);
  const told: Progress[] = [];
  const answer = call('run_benchmark', { mode: 'quick' }, { onprogress: (progress) => void told.push(progress) });
  const { work, end } = await begin(0);
  await eventually(() => told.length > 0);
  work.progress({ done: 0, total: 2, current_test: 'Baseline' });
  work.progress({ done: 1, total: 2, current_test: 'Long' });
  const result = benchmarkResult();
  mkdirSync(join(paths.runs, result.run_id));
  writeFileSync(join(paths.runs, result.run_id, 'result.json'), JSON.stringify(result));
  end({ status: 'done', runId: result.run_id });
  const found = await answer;
  t.match(found.structuredContent, { jobs: [{ status: 'done', run_id: result.run_id, tests: [{ avg_tps: 82.5 }] }] });
  t.match(textOf(found), /done.*recorded as .*82\.5/s);
  t.ok(told.some(({ message, total }) => message?.includes('1 of 2 tests: Long') && total === 2));
  const steps = told.map(({ progress }) => progress);
  t.ok(
    steps.every((step, index) => index === 0 || step > (steps[index - 1] ?? 0)),
    steps.join(' '),
  );
});

t.test('a request that is taken back ends the run that it started', async (t) => {
  const { url, begin, store } = await apiBench(t);
  const { call } = await httpClient(t, url);
  const back = new AbortController();
  const answer = call('run_benchmark', {}, { signal: back.signal });
  const { work, end } = await begin(0);
  work.signal.addEventListener('abort', () => end({ status: 'cancelled' }));
  back.abort('enough');
  await t.rejects(answer);
  await reached(store, work.job.job_id, 'cancelled');
});

t.test('who does not wait learns how to go on, and who stops waiting leaves the run alone', async (t) => {
  const { url, begin, store } = await apiBench(t);
  const { call } = await httpClient(t, url);
  const started = await call('run_benchmark', { wait_s: 0 });
  const { work, end } = await begin(0);
  const id = work.job.job_id;
  t.match(textOf(started), new RegExp(`ask get_job for ${id}`));
  const busy = await call('run_benchmark', { wait_s: 0 });
  t.equal(busy.isError, true);
  t.match(textOf(busy), /get_job.*cancel_job.*on_busy "queue"/s);
  const waiting = new AbortController();
  const wait = call('get_job', { job_id: id, wait_s: 600 }, { signal: waiting.signal });
  waiting.abort('enough');
  await t.rejects(wait);
  t.equal(store.get(id)?.status, 'running');
  work.signal.addEventListener('abort', () => end({ status: 'cancelled' }));
  t.match((await call('cancel_job', { job_id: id })).structuredContent, {
    jobs: [{ status: 'cancelled', tests: null }],
  });
  t.match(textOf(await call('cancel_job', { job_id: id })), new RegExp(id), 'it cannot be ended twice');
});

t.test('what goes wrong is told as words of the tool, which say what to do', async (t) => {
  const { url } = await apiBench(t);
  const { call, client } = await httpClient(t, url);
  for (const name of ['get_report', 'compare_runs', 'what_changed']) {
    const { isError, content } = await call(name);
    t.equal(isError, true, name);
    t.match(JSON.stringify(content), /Start one with run_benchmark/, name);
  }
  t.match(textOf(await call('get_job', { job_id: 'ffffffff' })), /'ffffffff' not found/);
  t.match(textOf(await call('list_models', { sort: 'beauty' })), /^sort: .*decode/);
  t.match(textOf(await call('what_changed', { since: 'yesterday' })), /7d or 12h/);
  t.match(textOf(await call('run_benchmark', { priority_of: 1 })), /priority_of/);
  await t.rejects(
    client.callTool({ name: 'format_disk', arguments: {} }),
    /no tool "format_disk": there are list_targets/,
  );
});

t.test('tells of what was measured in words and in figures', async (t) => {
  const { url, paths } = await apiBench(t);
  for (const day of [21, 22]) {
    const fields = { run_id: `2026-11-${day}_10-00-00.000_aaaaaa${day}`, run_at: `2026-11-${day}T10:00:00.000Z` };
    await recordResult(benchmarkResult(fields), paths);
  }
  const { call } = await httpClient(t, url);
  t.match(textOf(await call('list_models')), /# Models/);
  t.match((await call('get_report')).structuredContent, { run: { run_id: '2026-11-22_10-00-00.000_aaaaaa22' } });
  t.match(textOf(await call('get_trends')), /2 runs.*too early to judge/s);
  t.match(textOf(await call('compare_runs')), /Verdict:/);
  t.match((await call('compare_runs', { before: 'aaaaaa22', after: 'aaaaaa22' })).structuredContent, {
    remarks: [/same run/],
  });
  t.match(textOf(await call('compare_runs', { before: '/etc/passwd' })), /No run, file or model/, 'no file is read');
  t.match((await call('what_changed', { since: '2026-11-20' })).structuredContent, { runs: 2 });
});

t.test('who may not change anything reads, and learns what is missing', async (t) => {
  const { url } = await apiBench(t, { rules: { token: 'secret' } });
  const stranger = await httpClient(t, url);
  t.equal((await stranger.call('list_models')).isError, undefined);
  const refused = await stranger.call('run_benchmark');
  t.equal(refused.isError, true);
  t.match(textOf(refused), /Authorization: Bearer/);
  t.match(textOf(await stranger.call('cancel_job', { job_id: 'ffffffff' })), /Authorization: Bearer/);
  const owner = await httpClient(t, url, { authorization: 'Bearer secret' });
  t.match(textOf(await owner.call('cancel_job', { job_id: 'ffffffff' })), /not found/);
});

t.test('where everything is protected nobody connects without the token', async (t) => {
  const { url } = await apiBench(t, { rules: { token: 'secret', protect: 'all' } });
  await t.rejects(httpClient(t, url), /token/);
  const { call } = await httpClient(t, url, { authorization: 'Bearer secret' });
  t.equal((await call('list_models')).isError, undefined);
});

const initialize = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
});
const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

t.test('a page elsewhere gets nothing, under whatever name it reaches the agent', async (t) => {
  const { port } = await apiBench(t);
  const send = (headers: Record<string, string>) =>
    ask(port, { method: 'POST', path: '/mcp', headers: { ...json, ...headers }, body: initialize });
  t.equal((await send({})).status, 200);
  t.equal((await send({ host: 'rebound.example' })).status, 403);
  t.equal((await send({ origin: 'https://evil.example' })).status, 403);
  t.equal((await send({ origin: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}` })).status, 200);
});

t.test('refuses what is none of the protocol in its own manner', async (t) => {
  const { port } = await apiBench(t);
  const send = (body: string, headers: Record<string, string> = {}) =>
    ask(port, { method: 'POST', path: '/mcp', headers: { ...json, ...headers }, body });
  t.equal((await send('{')).status, 400);
  t.equal((await send('{"jsonrpc":"2.0","id":1,"method":"tools/list"}')).status, 400, 'not initialized');
  t.equal((await send('[]', { 'mcp-session-id': 'gone' })).status, 404);
  t.equal((await send(initialize, { accept: 'text/html' })).status, 406);
  const { status, headers } = await ask(port, { path: '/mcp' });
  t.equal(status, 405, 'no stream is held open');
  t.match(headers['allow'], /POST/);
});

t.test('a session ends when its client says so, and when nobody has used it for long', async (t) => {
  const { services } = await apiBench(t);
  let nowMs = 0;
  const endpoint = httpSessions({
    services: { ...services, trigger: 'api', targets: async () => [] },
    nowMs: () => nowMs,
  });
  const send = (method: 'POST' | 'DELETE', body: string, headers: Record<string, string> = {}) =>
    endpoint({
      method,
      headers: { ...json, ...headers },
      body: new TextEncoder().encode(body),
      changeRefusal: async () => undefined,
    });
  const begun = async () => {
    const id = (await send('POST', initialize)).headers.get('mcp-session-id') ?? '';
    t.not(id, '');
    return { 'mcp-session-id': id };
  };
  const ping = '{"jsonrpc":"2.0","id":2,"method":"ping"}';
  const first = await begun();
  t.equal((await send('POST', ping, first)).status, 200);
  t.equal((await send('DELETE', '', first)).status, 200);
  t.equal((await send('POST', ping, first)).status, 404);
  const second = await begun();
  nowMs = 3_600_000;
  const third = await begun();
  t.equal((await send('POST', ping, second)).status, 404);
  for (let more = 0; more < 64; more += 1) {
    nowMs += 1;
    await begun();
  }
  t.equal((await send('POST', ping, third)).status, 404, 'the one that rested longest makes room');
});

t.test('each tool stands in the list once', async (t) => {
  t.equal(new Set(tools.map(({ name }) => name)).size, tools.length);
});
