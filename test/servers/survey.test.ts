import http from 'node:http';
import t from 'tap';
import type { Config } from '../../src/config/schema.js';
import { surveyServers } from '../../src/servers/survey.js';
import { listening, serveFixture } from '../fixtures/servers/fixture-server.js';
import { busyLlamaCpp, llamaCpp, sleepingLlamaCpp } from '../fixtures/servers/llama-cpp.js';
import { idleOllama, ollama } from '../fixtures/servers/ollama.js';
import { lockedOpenai } from '../fixtures/servers/openai.js';
import { certificateFile } from '../fixtures/tls/certificate.js';

const signal = new AbortController().signal;

function target(name: string, url: string, apiKey?: string): Config['targets'][number] {
  return { name, url, model: 'auto', apiKey, gpus: 'all', labels: {} };
}

t.test('tells of each discovered server what it says of itself', async (t) => {
  const { port, apiBase } = await serveFixture(t, busyLlamaCpp);
  const survey = await surveyServers([], { signal, discovery: { hosts: ['127.0.0.1'], ports: [port] } });
  t.same(survey.tried, [apiBase]);
  t.match(survey.servers, [{ state: 'found', target: null, kind: 'llama.cpp', api_base: apiBase, busy: true }]);
  const [server] = survey.servers;
  t.ok(server?.state === 'found' && server.models.length > 0 && (server.context_length ?? 0) > 0);
});

t.test('says unknown where a server does not tell', async (t) => {
  const { port } = await serveFixture(t, ollama);
  const { servers } = await surveyServers([], { signal, discovery: { hosts: ['127.0.0.1'], ports: [port] } });
  t.match(servers, [{ kind: 'ollama', busy: null }]);
  const idle = await serveFixture(t, idleOllama);
  const survey = await surveyServers([], { signal, discovery: { hosts: ['127.0.0.1'], ports: [idle.port] } });
  t.match(survey.servers, [{ kind: 'ollama', context_length: null }]);
});

t.test('lists a configured server once, under its name, and before the discovered ones', async (t) => {
  const own = await serveFixture(t, llamaCpp);
  const other = await serveFixture(t, ollama);
  const ports = [other.port, own.port];
  const targets = [target('mine', `http://localhost:${own.port}/v1`)];
  const { servers } = await surveyServers(targets, { signal, discovery: { hosts: ['127.0.0.1'], ports } });
  t.same(
    servers.map((server) => [server.target, server.api_base]),
    [
      ['mine', `http://localhost:${own.port}`],
      [null, other.apiBase],
    ],
  );
});

t.test('says why a configured target cannot be used', async (t) => {
  const locked = await serveFixture(t, lockedOpenai);
  const closed = await serveFixture(t, ollama);
  const targets = [target('locked', locked.apiBase), target('open', locked.apiBase, 'secret')];
  const { servers } = await surveyServers(targets, { signal, discovery: { hosts: [], ports: [closed.port] } });
  t.match(servers, [
    { state: 'failed', target: 'locked', error: 'unauthorized', error_detail: /key/ },
    { state: 'found', target: 'open', kind: 'openai' },
  ]);
});

t.test('ends with the signal', async (t) => {
  await t.rejects(surveyServers([], { signal: AbortSignal.abort(new Error('enough')) }), { message: 'enough' });
});

t.test('does not wait for a server that stops answering', async (t) => {
  const stuck = http.createServer((request, response) => {
    if (request.url === '/') response.end('Ollama is running');
    else if (request.url === '/api/version') response.end('{"version":"0.9.0"}');
  });
  const { port } = await listening(t, stuck);
  const targets = [target('stuck', `http://127.0.0.1:${port}`)];
  const { servers } = await surveyServers(targets, { signal, discovery: { hosts: [] }, timeoutMs: 100 });
  t.match(servers, [{ state: 'found', kind: 'ollama', models: [], context_length: null, busy: null }]);
});

t.test('a target over TLS: what its trust lets be seen, or why it cannot be', async (t) => {
  const { apiBase } = await serveFixture(t, llamaCpp, 'signed');
  const caFile = certificateFile('authority');
  const targets = [
    { ...target('known', apiBase), tls: { check: 'authority' as const, caFile } },
    { ...target('typo', apiBase), tls: { check: 'authority' as const, caFile: `${caFile}.old` } },
    target('strange', apiBase),
  ];
  const { servers } = await surveyServers(targets, { signal, discovery: { hosts: [], ports: [1] } });
  t.match(servers, [
    { state: 'found', target: 'known', kind: 'llama.cpp', busy: false },
    { state: 'failed', target: 'typo', error: 'bad_ca_file', error_detail: /authority\.pem\.old cannot be read/ },
    { state: 'failed', target: 'strange', error: 'tls_failed', error_detail: /set ca_file of the target/ },
  ]);
});

t.test('a server that sleeps is seen as such, and sleeps on', async (t) => {
  const { apiBase, requests } = await serveFixture(t, sleepingLlamaCpp);
  const { servers } = await surveyServers([target('box', apiBase)], { signal, discovery: { hosts: [], ports: [1] } });
  t.match(servers, [{ state: 'found', asleep: true, busy: false, context_length: 32768 }]);
  t.notOk(requests.some(({ line }) => /slots|metrics|tokenize/.test(line)));
});
