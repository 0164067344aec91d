import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import t from 'tap';
import type { BusyState } from '../../src/benchmark/inference-server.js';
import type { Config } from '../../src/config/schema.js';
import { surveyServers } from '../../src/servers/survey.js';
import { NONE } from '../fixtures/none.js';
import { listening, serveFixture } from '../fixtures/servers/fixture-server.js';
import { busyLlamaCpp, llamaCpp, sleepingLlamaCpp } from '../fixtures/servers/llama-cpp.js';
import { idleOllama, ollama } from '../fixtures/servers/ollama.js';
import { lockedOpenai, openai } from '../fixtures/servers/openai.js';
import { certificateFile } from '../fixtures/tls/certificate.js';

/** What is to be heard within it comes on a crowded machine as well; what is not costs the test so long. */
const LIMIT_MS = 2000;

const signal = new AbortController().signal;

function target(name: string, url: string, apiKey?: string): Config['targets'][number] {
  return { name, url, models: 'auto', load: 'never', apiKey, gpus: 'all', labels: {} };
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
  t.match(servers, [{ kind: 'ollama', busy: null, busy_unknown: /its process cannot be seen$/ }]);
  const idle = await serveFixture(t, idleOllama);
  const survey = await surveyServers([], { signal, discovery: { hosts: ['127.0.0.1'], ports: [idle.port] } });
  t.match(survey.servers, [{ kind: 'ollama', context_length: null }]);
});

t.test('says why none of several models would be measured, unless one is named', async (t) => {
  const { port, apiBase } = await serveFixture(t, openai);
  const discovery = { hosts: ['127.0.0.1'], ports: [port] };
  const { servers } = await surveyServers([], { signal, discovery });
  t.match(servers, [{ context_length: null, asleep: false, no_model: /it has some-model, another-model\. Name/ }]);
  const named = [{ ...target('box', apiBase), models: ['some-model'] }];
  const survey = await surveyServers(named, { signal, discovery });
  t.match(survey.servers, [{ target: 'box', context_length: 24_576, no_model: null }]);
});

t.test('a server of this machine that does not tell is judged by what can be seen of it', async (t) => {
  const { apiBase, port } = await serveFixture(t, ollama);
  const teller = await serveFixture(t, llamaCpp);
  const looked: string[] = [];
  const seen = async (state: BusyState) => {
    const useOf = async (base: string) => {
      looked.push(base);
      return state;
    };
    const discovery = { hosts: ['127.0.0.1'], ports: [port, teller.port] };
    const { servers } = await surveyServers([], { signal, useOf, discovery });
    return servers.find((server) => server.state === 'found' && server.kind === 'ollama');
  };
  t.match(await seen({ state: 'busy', detail: 'x' }), { busy: true, busy_unknown: null });
  t.match(await seen({ state: 'idle' }), { busy: false, busy_unknown: null });
  t.match(await seen({ state: 'unknown' }), { busy: null, busy_unknown: /its process cannot be seen$/ });
  t.same(looked, [apiBase, apiBase, apiBase], 'one that tells is taken at its word');
});

const ownAddress = Object.values(os.networkInterfaces())
  .flatMap((known) => known ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
const skip = ownAddress === undefined ? 'no network here' : false;

t.test('one on another machine that does not tell is unknown, and says why', { skip }, async (t) => {
  const { port } = await serveFixture(t, ollama);
  const wire = net.createServer((socket) => void socket.pipe(net.connect(port, '127.0.0.1')).pipe(socket));
  const far = await listening(t, wire, ownAddress);
  const remote = target('far', `http://${ownAddress}:${far.port}`);
  const useOf = () => Promise.reject(new Error('nothing of it can be seen from here'));
  // A machine that does not take the address for its own.
  const machine = { hostname: 'elsewhere', addresses: [] };
  const { servers } = await surveyServers([remote], { signal, useOf, discovery: { hosts: [], machine } });
  t.match(servers, [{ target: 'far', busy: null, busy_unknown: /runs on another machine$/ }]);
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
  const { servers } = await surveyServers(targets, { signal, discovery: { hosts: [] }, timeoutMs: LIMIT_MS });
  t.match(servers, [{ state: 'found', kind: 'ollama', models: NONE, context_length: null, busy: null }]);
});

t.test('a server that does not say in time whether it is in use is unknown', async (t) => {
  const build = '{"build_info":"b9310-1a2b3c4d"}';
  const slow = http.createServer((request, response) => void (request.url === '/props' && response.end(build)));
  const { port } = await listening(t, slow);
  const { servers } = await surveyServers([target('slow', `http://127.0.0.1:${port}`)], {
    signal,
    discovery: { hosts: [] },
    timeoutMs: LIMIT_MS,
  });
  t.match(servers, [{ kind: 'llama.cpp', busy: null, busy_unknown: 'the server did not answer when it was asked' }]);
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
