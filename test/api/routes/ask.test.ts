import http from 'node:http';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { askMachine } from '../../../src/ask/ask.js';
import { recordResult } from '../../../src/chronicle/record.js';
import { storagePaths } from '../../../src/chronicle/storage.js';
import { readMachineRecord } from '../../../src/judging/report-reading.js';
import { trendSettings } from '../../../src/judging/trend-records.js';
import { type ApiBenchOptions, apiBench, ask } from '../../fixtures/api-bench.js';
import { benchmarkResult } from '../../fixtures/benchmark-result.js';
import type { FakeLlmOptions } from '../../fixtures/fake-llm/options.js';
import { startFakeLlmServer } from '../../fixtures/fake-llm-server.js';

const settings = trendSettings({ trends: { window: 20, minSamples: 5, drop: 0.1 } });
const now = () => new Date('2026-11-21T14:30:45.123Z');
const QUESTION = '/ask?question=How%20fast%20is%20it%3F';

/** The web server, a model, and a recorded run of it. */
async function desk(t: Test, { model = {}, rules }: { model?: FakeLlmOptions; rules?: ApiBenchOptions['rules'] } = {}) {
  const server = await startFakeLlmServer({ tokenGapMs: 0, eosAfter: 3, ...model });
  t.teardown(() => server.close());
  const root = t.testdir({});
  const lockFile = join(root, 'machine.lock');
  const services: ApiBenchOptions['services'] = {
    ask: async (question, signal) =>
      askMachine({
        question,
        record: await readMachineRecord(storagePaths(root), { now: now(), settings }),
        environment: {},
        targets: [],
        ownNames: [],
        lockFile,
        now,
        signal,
      }),
  };
  const bench = await apiBench(t, { root, rules, services });
  const record = async () => {
    const { server: identity, ...rest } = benchmarkResult();
    await recordResult({ ...rest, model: 'fake-model', server: { ...identity, api_base: server.url } }, bench.paths);
  };
  const errors = () => bench.logged.filter(({ level }) => Number(level) >= 50);
  return { ...bench, server, record, errors };
}

t.test('nothing measured yet is 404', async (t) => {
  const { port } = await desk(t);
  const { status, body } = await ask(port, { path: QUESTION });
  t.equal(status, 404);
  t.match(JSON.parse(body), { detail: /No benchmark has been recorded yet/ });
});

t.test('the answer is text, with and without a question', async (t) => {
  const { port, server, record } = await desk(t);
  await record();
  const { status, headers, body } = await ask(port, { path: QUESTION });
  t.equal(status, 200);
  t.match(headers, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  t.equal(body, 'quiet rivers carry \n');
  t.match(server.chatRequests[0]?.body, { messages: [{}, { content: /How fast is it\?$/ }] });
  t.equal((await ask(port, { path: '/ask' })).status, 200);
});

t.test('the words come while the model still speaks', async (t) => {
  const { port, record, server } = await desk(t, { model: { fault: { kind: 'stall', afterTokens: 2 } } });
  await record();
  const first = await new Promise<string>((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path: QUESTION, agent: false }, (response) => {
      response.setEncoding('utf8').once('data', (text) => {
        resolve(text);
        request.destroy();
      });
    });
    request.on('error', reject);
  });
  t.match(first, /^quiet /);
  await server.until(() => server.chatRequests[0]?.abandonedMs !== undefined);
});

t.test('whoever leaves before the first word ends the model, and that is no error of ours', async (t) => {
  const { port, record, server, errors } = await desk(t, { model: { fault: { kind: 'stall' } } });
  await record();
  const request = http.get({ host: '127.0.0.1', port, path: QUESTION, agent: false });
  request.on('error', () => undefined);
  await server.until(() => server.chatRequests[0]?.receivedMs !== undefined);
  request.destroy();
  await server.until(() => server.chatRequests[0]?.abandonedMs !== undefined);
  server.set({ fault: undefined });
  for (;;) {
    // The turn is given back once the model is gone.
    const { status } = await ask(port, { path: QUESTION });
    if (status === 200) break;
    t.equal(status, 409);
  }
  t.same(errors(), []);
});

t.test('a model that fails is 502 before its first word, and a last line after it', async (t) => {
  const { port, server, record } = await desk(t, { model: { fault: { kind: 'status', status: 500, body: 'json' } } });
  await record();
  const { status, body } = await ask(port, { path: QUESTION });
  t.equal(status, 502);
  t.match(JSON.parse(body), { detail: /^The model failed: .* answered 500/ });
  server.set({ fault: { kind: 'reset', afterTokens: 2 } });
  const late = await ask(port, { path: QUESTION });
  t.equal(late.status, 200);
  t.match(late.body, /^quiet rivers \n\n\[typhon: the model failed in the middle of its answer: .*\]\n$/);
});

t.test('a bad parameter is refused before anybody is asked', async (t) => {
  const { port, server, record } = await desk(t);
  await record();
  for (const query of ['question=', `question=${'x'.repeat(2001)}`, 'other=1']) {
    t.equal((await ask(port, { path: `/ask?${query}` })).status, 422, query.slice(0, 20));
  }
  t.equal((await ask(port, { method: 'HEAD', path: QUESTION })).status, 200);
  t.same(server.requests, []);
});

t.test('it is guarded like what changes something, whatever its path is written like', async (t) => {
  const { port, server, record } = await desk(t, { rules: { token: 'secret' } });
  await record();
  for (const path of [QUESTION, '/ASK', '/ask/']) {
    t.equal((await ask(port, { path })).status, 401, path);
    t.equal((await ask(port, { method: 'HEAD', path })).status, 401, path);
  }
  const authorization = 'Bearer secret';
  const crossSite = { authorization, 'sec-fetch-site': 'cross-site' };
  t.equal((await ask(port, { path: QUESTION, headers: crossSite })).status, 403);
  const origin = { authorization, origin: 'http://evil.example' };
  t.equal((await ask(port, { path: QUESTION, headers: origin })).status, 403);
  t.same(server.requests, []);
  t.equal((await ask(port, { path: QUESTION, headers: { authorization } })).status, 200);
  t.equal((await ask(port, { path: '/report' })).status, 200, 'reading alone needs no token');
});
