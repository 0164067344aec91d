import http from 'node:http';
import net from 'node:net';
import t, { type Test } from 'tap';
import { DISCOVERY_TIMEOUT_MS, discoverServers } from '../../src/servers/discovery.js';
import { defaultPorts } from '../../src/servers/registry.js';
import { exo } from '../fixtures/servers/exo.js';
import { listening, patient, type ServerFixture, serveFixture } from '../fixtures/servers/fixture-server.js';
import { llamaCpp } from '../fixtures/servers/llama-cpp.js';
import { ollama } from '../fixtures/servers/ollama.js';
import { reference } from '../fixtures/servers/reference.js';

/** What is to be heard within it comes on a crowded machine as well; what is not costs the test so long. */
const LIMIT_MS = 2000;

const agent: ServerFixture = {
  kind: 'openai',
  source: 'docs of this project: GET /health',
  routes: { 'GET /health': { json: { status: 'ok', timestamp: '2026-11-21T14:30:45Z' } } },
};

async function closedPort(t: Test): Promise<number> {
  const server = net.createServer();
  const { port } = await listening(t, server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

t.test('finds every server on the ports it is given, by its answers', async (t) => {
  const llama = await serveFixture(t, llamaCpp);
  const other = await serveFixture(t, ollama);
  const ports = [llama.port, other.port, await closedPort(t)];
  const { servers, tried } = await discoverServers({ hosts: ['127.0.0.1'], ports, signal: patient });
  t.same(
    servers.map(({ identity, host, port }) => [identity.kind, host, port]),
    [
      ['llama.cpp', '127.0.0.1', llama.port],
      ['ollama', '127.0.0.1', other.port],
    ],
  );
  t.same(
    tried,
    ports.map((port) => `http://127.0.0.1:${port}`),
  );
});

t.test('the reference server comes after all others', async (t) => {
  const first = await serveFixture(t, reference);
  const second = await serveFixture(t, ollama);
  const ports = [first.port, second.port];
  const { servers } = await discoverServers({ hosts: ['127.0.0.1'], ports, signal: patient });
  t.same(
    servers.map(({ identity }) => identity.kind),
    ['ollama', 'reference'],
  );
});

t.test('one server reached by several names of the loopback interface is listed once', async (t) => {
  const { port } = await serveFixture(t, ollama);
  const hosts = ['127.0.0.1', 'localhost', '127.0.0.2', '::1'];
  const { servers } = await discoverServers({ hosts, ports: [port, port], signal: patient });
  t.same(
    servers.map(({ identity }) => identity.apiBase),
    [`http://127.0.0.1:${port}`],
  );
});

t.test('one node reached by two ports is listed once, two servers of a kind twice', async (t) => {
  const nodes = [await serveFixture(t, exo), await serveFixture(t, exo)];
  const twins = [await serveFixture(t, llamaCpp), await serveFixture(t, llamaCpp)];
  const ports = [...nodes, ...twins].map(({ port }) => port);
  const { servers } = await discoverServers({ hosts: ['127.0.0.1'], ports, signal: patient });
  t.same(
    servers.map(({ identity }) => identity.kind),
    ['exo', 'llama.cpp', 'llama.cpp'],
  );
});

t.test("typhon's own agent is left out", async (t) => {
  const { port, requests } = await serveFixture(t, agent);
  const { servers } = await discoverServers({ hosts: ['127.0.0.1'], ports: [port], signal: patient });
  t.same(servers, []);
  t.ok(requests.length > 0);
});

t.test('ports that accept and never answer end with the time limit and hide no other', async (t) => {
  const silent = await Promise.all([1, 2, 3].map(() => listening(t, http.createServer())));
  const mute = await listening(t, net.createServer());
  const { port } = await serveFixture(t, ollama);
  const ports = [...silent.map((address) => address.port), mute.port, port];
  const { servers } = await discoverServers({ hosts: ['127.0.0.1'], ports, timeoutMs: LIMIT_MS, signal: patient });
  t.same(
    servers.map(({ identity }) => identity.kind),
    ['ollama'],
  );
});

t.test('a host that swallows everything ends with the time limit', async (t) => {
  // TEST-NET-1 (RFC 5737) leads nowhere.
  const { servers, tried } = await discoverServers({
    hosts: ['192.0.2.1'],
    ports: [80],
    timeoutMs: 30,
    signal: patient,
  });
  t.same(servers, []);
  t.same(tried, ['http://192.0.2.1:80']);
});

t.test('looks at all default ports of the loopback interface, IPv4 and IPv6, within the limit of a scan', async (t) => {
  const stop = new AbortController();
  const { tried } = await discoverServers({ signal: stop.signal, timeoutMs: 200 });
  t.same(tried, [
    ...defaultPorts.map((port) => `http://127.0.0.1:${port}`),
    ...defaultPorts.map((port) => `http://[::1]:${port}`),
  ]);
  t.ok(DISCOVERY_TIMEOUT_MS < 2000);
});

t.test('looks where Ollama is set to listen as well, on this machine alone', async (t) => {
  const { port } = await serveFixture(t, ollama);
  const place = { hosts: ['127.0.0.1'], ports: [], signal: patient };
  const found = await discoverServers({ ...place, environment: { OLLAMA_HOST: `0.0.0.0:${port}` } });
  t.match(found, { servers: [{ host: '127.0.0.1', port }], tried: [`http://127.0.0.1:${port}`] });
  const elsewhere = await discoverServers({ ...place, environment: { OLLAMA_HOST: '192.0.2.1' } });
  t.same(elsewhere, { servers: [], tried: [] });
});

t.test('a server that is found by another address of this machine too is listed once', async (t) => {
  const { port } = await serveFixture(t, ollama);
  const machine = { hostname: 'box', addresses: ['127.0.0.1', '127.0.0.9'] };
  const environment = { OLLAMA_HOST: `127.0.0.9:${port}` };
  const { servers, tried } = await discoverServers({
    hosts: ['127.0.0.1'],
    ports: [port],
    environment,
    machine,
    signal: patient,
  });
  t.equal(tried.length, 2);
  t.same(
    servers.map(({ identity }) => identity.apiBase),
    [`http://127.0.0.1:${port}`],
  );
});

t.test('ends with the reason of the signal, also in the middle of a question', async (t) => {
  const stop = new AbortController();
  const reason = new Error('cancelled');
  const { port } = await listening(
    t,
    http.createServer(() => stop.abort(reason)),
  );
  await t.rejects(discoverServers({ hosts: ['127.0.0.1'], ports: [port], signal: stop.signal }), reason);
});
