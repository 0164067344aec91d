import http from 'node:http';
import t from 'tap';
import { openProbe } from '../../src/servers/probe.js';
import { listening, patient, serveFixture } from '../fixtures/servers/fixture-server.js';
import { vllm } from '../fixtures/servers/vllm.js';

t.test('asks each path once, however often and however soon it is asked for', async (t) => {
  const { apiBase, requests } = await serveFixture(t, vllm);
  const probe = openProbe({ apiBase, headers: {}, timeoutMs: 5000, signal: patient });
  const [one, other] = await Promise.all([probe.get('/version'), probe.get('/version')]);
  t.equal(one, other);
  t.equal(await probe.get('/version'), one);
  t.same(
    requests.map((request) => request.line),
    ['GET /version'],
  );
  t.match(one, { status: 200, json: { version: '0.11.2' } });
});

t.test('a body that is not JSON has text and no JSON', async (t) => {
  const { apiBase } = await serveFixture(t, vllm);
  const probe = openProbe({ apiBase, headers: {}, timeoutMs: 5000, signal: patient });
  const metrics = await probe.get('/metrics');
  t.match(metrics?.text, /vllm:/);
  t.equal(metrics?.json, undefined);
});

t.test('keeps what was answered and why the rest was not', async (t) => {
  const { port } = await listening(
    t,
    http.createServer((request, response) => {
      if (request.url === '/good') response.end('{}');
      else if (request.url === '/torn') response.destroy();
    }),
  );
  const late = new AbortController();
  t.intercept(AbortSignal, 'timeout', { value: () => late.signal });
  const probe = openProbe({ apiBase: `http://127.0.0.1:${port}`, headers: {}, timeoutMs: 200, signal: patient });
  const asked = ['/good', '/torn', '/hangs'].map((path) => probe.get(path));
  await Promise.all(asked.slice(0, 2));
  late.abort();
  const answers = await Promise.all(asked);
  t.same(
    answers.map((answer) => answer?.status),
    [200, undefined, undefined],
  );
  t.same([...probe.answers.keys()], ['/good']);
  t.same(
    probe.failures.map((failure) => failure.code),
    ['unreachable', 'timeout'],
  );
});

t.test('its time limit holds for all its questions together', async (t) => {
  const { port } = await listening(t, http.createServer());
  const probe = openProbe({ apiBase: `http://127.0.0.1:${port}`, headers: {}, timeoutMs: 50, signal: patient });
  t.equal(await probe.get('/one'), undefined);
  t.equal(await probe.get('/two'), undefined, 'a later question has no time of its own');
});

t.test('rejects with the reason of the signal, and a closed probe gives nothing more', async (t) => {
  const { port } = await listening(t, http.createServer());
  const stop = new AbortController();
  const apiBase = `http://127.0.0.1:${port}`;
  const probe = openProbe({ apiBase, headers: {}, timeoutMs: 5000, signal: stop.signal });
  const asking = probe.get('/hangs');
  const reason = new Error('cancelled');
  setImmediate(() => stop.abort(reason));
  await t.rejects(asking, reason);

  const other = openProbe({ apiBase, headers: {}, timeoutMs: 5000, signal: patient });
  const waiting = other.get('/hangs');
  other.close();
  t.equal(await waiting, undefined);
  t.same(other.failures, [], 'closing is no failure of the server');
});
