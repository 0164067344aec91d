import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { z } from 'zod';
import { eventually } from '../fixtures/eventually.js';
import { ownWord } from '../fixtures/fake-llm/own-word.js';
import { httpClient, mcpClient, stdioTransport, textOf } from '../fixtures/mcp-client.js';
import { fakeServer, startAgent } from '../fixtures/running-agent.js';
import { startTyphon } from '../fixtures/typhon-process.js';

function folder(t: Test): string {
  const made = mkdtempSync(join(tmpdir(), 'typhon-mcp-'));
  t.teardown(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** `typhon mcp` as a client starts it; whatever is no message of the protocol fails the test. */
async function stdioClient(t: Test, storage: string, more: readonly string[] = []) {
  const transport = stdioTransport(storage, more);
  const made = await mcpClient(t, transport);
  made.client.onerror = (error) => {
    // Progress that crosses the taking back of its request belongs to nobody any more.
    if (!/progress notification/.test(error.message)) t.fail(error.message);
  };
  return { ...made, pid: transport.pid };
}

t.test('without an agent the tools work on the storage, and a benchmark runs in the process', async (t) => {
  const storage = folder(t);
  const server = await fakeServer(t, ownWord(2048));
  const { call } = await stdioClient(t, storage);
  const told: string[] = [];
  const ran = await call(
    'run_benchmark',
    { mode: 'quick', target: server.url },
    { onprogress: ({ message = '' }) => void told.push(message) },
  );
  t.match(ran.structuredContent, { jobs: [{ status: 'done', mode: 'quick' }] });
  t.ok(
    told.some((message) => /\d of \d tests/.test(message)),
    told.join('\n'),
  );
  t.match(textOf(await call('list_models')), /# Models/);
  t.match((await call('get_report')).structuredContent, { run: { mode: 'quick' } });
  t.match((await call('what_changed', { since: '7d' })).structuredContent, { runs: 1, verdict: 'no_difference' });
  t.match(readFileSync(join(storage, 'chronicle.jsonl'), 'utf8'), /"trigger"|"mode":"quick"/);
});

t.test('a client that leaves in the middle of its benchmark leaves nothing behind', async (t) => {
  const storage = folder(t);
  const server = await fakeServer(t, { tokenGapMs: 50 });
  const { call, client, pid } = await stdioClient(t, storage);
  const { structuredContent } = await call('run_benchmark', { target: server.url, wait_s: 0 });
  t.match(structuredContent, { jobs: [{ error: null }] });
  await client.close();
  await eventually(() => pid !== null && !existsSync(`/proc/${pid}`));
  t.same(readdirSync(join(storage, 'runs')), []);
});

t.test('where an agent works in the storage, it answers, with its own jobs and behind its own rules', async (t) => {
  const storage = folder(t);
  const server = await fakeServer(t);
  const agent = await startAgent(t, { storage });
  const address = ['--web.listen-address', new URL(agent.url).host.replace('localhost', '127.0.0.1')];
  const { call } = await stdioClient(t, storage, address);
  const told: string[] = [];
  const ran = await call(
    'run_benchmark',
    { target: server.url },
    { onprogress: ({ message = '' }) => void told.push(message) },
  );
  t.match(ran.structuredContent, { jobs: [{ status: 'done' }] });
  t.ok(told.length > 0);
  const jobs: unknown = await (await fetch(`${agent.url}/jobs`)).json();
  t.match(jobs, [{ status: 'done', trigger: 'api' }], 'it was the job of the agent');
  const direct = await httpClient(t, agent.url);
  t.match((await direct.call('get_report')).structuredContent, { run: { mode: 'quick' } });
  const slow = await fakeServer(t, { tokenGapMs: 50 });
  const back = new AbortController();
  const follow = {
    signal: back.signal,
    onprogress: ({ message = '' }) => {
      if (message.includes('running')) back.abort('enough');
    },
  };
  await t.rejects(call('run_benchmark', { target: slow.url }, follow));
  const newest = await (await fetch(`${agent.url}/jobs?limit=1`)).json();
  const { job_id: id } = z.array(z.object({ job_id: z.string() })).parse(newest)[0] ?? { job_id: '' };
  // Followed until the job ends.
  await (await fetch(`${agent.url}/jobs/${id}/logs?follow=true`)).text();
  t.match(await (await fetch(`${agent.url}/jobs/${id}`)).json(), { status: 'cancelled' });
});

t.test('an agent that cannot be asked is told with what to do', async (t) => {
  const storage = folder(t);
  const { call } = await stdioClient(t, storage, ['--agent', 'http://127.0.0.1:1']);
  const { isError, content } = await call('list_models');
  t.equal(isError, true);
  t.match(JSON.stringify(content), /cannot be asked at http:\/\/127\.0\.0\.1:1.*--agent/);
});

t.test('a bad configuration ends it before the first message', async (t) => {
  const { code, stdout } = await startTyphon(t, ['mcp', '--config.file', '/nowhere.yml']).ended();
  t.equal(code, 2);
  t.equal(stdout, '');
});
