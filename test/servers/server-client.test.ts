import http from 'node:http';
import t, { type Test } from 'tap';
import { z } from 'zod';
import { authorization, createServerClient } from '../../src/servers/server-client.js';
import { type FixtureRoutes, listening, patient, serveFixture } from '../fixtures/servers/fixture-server.js';

const shape = z.object({ figure: z.number() });

async function client(t: Test, routes: FixtureRoutes, apiKey?: string) {
  const served = await serveFixture(t, { kind: 'openai', source: 'made up', routes });
  return { ...served, ask: createServerClient({ apiBase: served.apiBase, apiKey }) };
}

t.test('gets and posts what has the shape, with the key', async (t) => {
  const { ask, requests } = await client(
    t,
    { 'GET /x': { json: { figure: 1, more: true } }, 'POST /y': { json: { figure: 2 } } },
    'secret',
  );
  t.same(await ask.get('/x', shape, patient), { figure: 1 });
  t.same(await ask.post('/y', { text: 'a' }, shape, patient), { figure: 2 });
  t.match(requests, [
    { line: 'GET /x', authorization: 'Bearer secret' },
    { line: 'POST /y', authorization: 'Bearer secret', body: { text: 'a' } },
  ]);
});

t.test('an unexpected shape says which field, what was met and where', async (t) => {
  const { ask } = await client(t, { 'GET /x': { json: { figure: 'one' } }, 'GET /z': { text: '<html>no' } });
  await t.rejects(ask.get('/x', shape, patient), { code: 'bad_response', message: /\/x .*figure: .*"one"/ });
  await t.rejects(ask.get('/z', shape, patient), { code: 'bad_response', message: /<html>no/ });
});

t.test('a refusal tells a missing key from a wrong one, a missing endpoint from a fault', async (t) => {
  const routes = {
    'GET /401': { status: 401, json: { detail: 'who?' } },
    'GET /403': { status: 403, text: 'no' },
    'GET /500': { status: 500, text: 'oops' },
    'GET /501': { status: 501, text: 'never' },
    'GET /503': { status: 503, json: { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } } },
    'GET /busy': { status: 503, text: 'no slot available' },
  };
  const { ask } = await client(t, routes);
  await t.rejects(ask.get('/401', shape, patient), { code: 'unauthorized', message: /who\?.*expects an API key/ });
  await t.rejects(ask.get('/403', shape, patient), { code: 'unauthorized' });
  await t.rejects(ask.get('/404', shape, patient), { code: 'unsupported' });
  await t.rejects(ask.get('/501', shape, patient), { code: 'unsupported' });
  await t.rejects(ask.get('/500', shape, patient), { code: 'bad_response', message: /500: oops/ });
  await t.rejects(ask.get('/503', shape, patient), { code: 'model_loading', message: /is still loading its model/ });
  await t.rejects(ask.get('/busy', shape, patient), { code: 'bad_response' });
  const { ask: keyed } = await client(t, routes, 'wrong');
  await t.rejects(keyed.get('/401', shape, patient), {
    code: 'unauthorized',
    message: /key that was sent is not accepted/,
  });
});

t.test('finding takes refusals and other shapes for nothing, but not a dead server', async (t) => {
  const { ask } = await client(t, { 'GET /x': { json: { figure: 1 } }, 'GET /z': { json: [] } });
  t.same(await ask.find('/x', shape, patient), { figure: 1 });
  t.equal(await ask.find('/z', shape, patient), undefined);
  t.equal(await ask.find('/404', shape, patient), undefined);
  t.equal(await ask.findText('/404', patient), undefined);
  t.equal(await ask.findText('/z', patient), '[]');
  const dead = createServerClient({ apiBase: 'http://127.0.0.1:1' });
  await t.rejects(dead.find('/x', shape, patient), { code: 'unreachable' });
});

t.test('a server that does not answer ends in a timeout', async (t) => {
  const { port } = await listening(t, http.createServer());
  const ask = createServerClient({ apiBase: `http://127.0.0.1:${port}` }, { getMs: 20, postMs: 30 });
  await t.rejects(ask.get('/x', shape, patient), { code: 'timeout', message: /\/x gave no answer within 20 ms/ });
  await t.rejects(ask.find('/x', shape, patient), { code: 'timeout' });
  await t.rejects(ask.post('/x', {}, shape, patient), { code: 'timeout', message: /within 30 ms/ });
});

t.test('ends with the reason of the signal', async (t) => {
  const { port } = await listening(t, http.createServer());
  const stop = new AbortController();
  const asking = createServerClient({ apiBase: `http://127.0.0.1:${port}` }).get('/x', shape, stop.signal);
  const reason = new Error('cancelled');
  setImmediate(() => stop.abort(reason));
  await t.rejects(asking, reason);
});

t.test('a key that cannot stand in a header is refused without being shown', async (t) => {
  t.same(authorization(undefined), {});
  t.same(authorization('sk-1'), { authorization: 'Bearer sk-1' });
  for (const key of ['', 'top-secret\n', 'two words', 'schlüssel']) {
    t.throws(() => authorization(key), { code: 'unauthorized', message: /api_key/ }, JSON.stringify(key));
  }
  try {
    authorization('top-secret\n');
  } catch (error) {
    t.notMatch(String(error), /top-secret/);
  }
});
