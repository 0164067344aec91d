import http from 'node:http';
import net from 'node:net';
import t, { type Test } from 'tap';
import { serverKinds } from '../../../src/benchmark/inference-server.js';
import { identifyServer, type Recognition } from '../../../src/servers/recognition/identify.js';
import { everyKind } from '../../fixtures/servers/every-kind.js';
import {
  type FixtureAnswer,
  listening,
  patient,
  type ServerFixture,
  serveFixture,
} from '../../fixtures/servers/fixture-server.js';
import { llamaCpp } from '../../fixtures/servers/llama-cpp.js';
import { lockedOpenai, openai } from '../../fixtures/servers/openai.js';
import { sglang } from '../../fixtures/servers/sglang.js';
import { lockedVllm } from '../../fixtures/servers/vllm.js';
import { certificatePem } from '../../fixtures/tls/certificate.js';

/** What is to be heard within it comes on a crowded machine as well; what is not costs the test so long. */
const LIMIT_MS = 2000;

const options = { timeoutMs: 5000, signal: patient };

function errorOf(recognition: Recognition) {
  if (recognition.recognised) throw new Error(`recognised as ${recognition.identity.kind}`);
  return recognition.error;
}

async function serveOnly(t: Test, answers: Readonly<Record<string, FixtureAnswer>>, otherwise?: FixtureAnswer) {
  const routes = Object.fromEntries(Object.entries(answers).map(([path, answer]) => [`GET ${path}`, answer]));
  const fixture = { kind: 'openai', source: 'made up', routes, ...(otherwise && { otherwise }) } as const;
  return serveFixture(t, fixture);
}

for (const kind of serverKinds) {
  t.test(`${kind} is recognised by its answers, whatever the port, and as nothing else`, async (t) => {
    const fixtures: readonly ServerFixture[] = everyKind[kind];
    for (const fixture of fixtures) {
      const { apiBase } = await serveFixture(t, fixture);
      const recognition = await identifyServer({ apiBase }, options);
      t.match(recognition, { recognised: true, identity: { kind, apiBase } }, fixture.source);
    }
  });
}

t.test('no question starts an inference, changes anything or is asked twice', async (t) => {
  for (const fixture of Object.values(everyKind).flat()) {
    const { apiBase, requests } = await serveFixture(t, fixture);
    await identifyServer({ apiBase }, options);
    const lines = requests.map((request) => request.line);
    t.ok(
      lines.every((line) => line.startsWith('GET ')),
      fixture.kind,
    );
    t.equal(new Set(lines).size, lines.length, `${fixture.kind}: each path once`);
  }
});

t.test('SGLang is not asked for its health, which costs it an inference, nor for metrics', async (t) => {
  const { apiBase, requests } = await serveFixture(t, sglang);
  await identifyServer({ apiBase }, options);
  const lines = requests.map((request) => request.line);
  t.notOk(lines.includes('GET /health'));
  t.notOk(lines.includes('GET /metrics'));
  t.notOk(lines.includes('GET /openapi.json'));
});

t.test('the identity is plain data with the version and the key', async (t) => {
  const { apiBase } = await serveFixture(t, lockedVllm);
  const recognition = await identifyServer({ apiBase, apiKey: 'secret' }, options);
  const identity = { kind: 'vllm', name: 'vLLM', version: '0.11.2', apiBase, apiKey: 'secret' };
  t.same(recognition, { recognised: true, identity, instance: undefined });
  t.same(JSON.parse(JSON.stringify(recognition)).identity, identity);
});

t.test('a path prefix is kept', async (t) => {
  const routes = Object.fromEntries(
    Object.entries(openai.routes).map(([line, answer]) => [line.replace('GET /', 'GET /llm/'), answer]),
  );
  const { apiBase } = await serveFixture(t, { ...openai, routes });
  t.match(await identifyServer({ apiBase: `${apiBase}/llm` }, options), { identity: { kind: 'openai' } });
});

t.test('a wrong key and a missing key each say what to do', async (t) => {
  const { apiBase } = await serveFixture(t, lockedOpenai);
  const missing = errorOf(await identifyServer({ apiBase }, options));
  t.match(missing, { code: 'unauthorized', message: /401: .*Invalid API Key.*expects an API key: set api_key/ });
  const wrong = errorOf(await identifyServer({ apiBase, apiKey: 'guess' }, options));
  t.match(wrong, { code: 'unauthorized', message: /key that was sent is not accepted/ });
  t.notMatch(wrong.message, /guess/);
});

t.test('a web server that is no LLM server is named as such, with what it said', async (t) => {
  const page = { text: '<html><title>Router login</title></html>', headers: { 'content-type': 'text/html' } };
  const { apiBase } = await serveOnly(t, {}, page);
  t.match(errorOf(await identifyServer({ apiBase }, options)), {
    code: 'not_an_llm_server',
    message:
      /\/v1\/models answered 200 \(text\/html\): <html><title>Router login.*Expected an OpenAI-compatible server/,
  });
});

t.test('a redirect says where it leads', async (t) => {
  const { apiBase } = await serveOnly(t, {}, { status: 308, headers: { location: 'https://llm.example.org/' } });
  const { code, message } = errorOf(await identifyServer({ apiBase }, options));
  t.equal(code, 'not_an_llm_server');
  t.match(message, /redirects to https:\/\/llm\.example\.org\//);
});

t.test("typhon's own agent is told from a server to measure", async (t) => {
  const { apiBase } = await serveOnly(t, { '/health': { json: { status: 'ok', timestamp: '2026-11-21T14:30:45Z' } } });
  const { code, message } = errorOf(await identifyServer({ apiBase }, options));
  t.equal(code, 'not_an_llm_server');
  t.match(message, /typhon's own agent/);
});

t.test('garbage in place of JSON is no LLM server', async (t) => {
  for (const text of ['{"data": [', '\u0000\u0001\u0002', '{"data": "none"}', '[1, 2, 3]', 'null', '{"data": [{}]}']) {
    const { apiBase } = await serveOnly(t, {}, { text, headers: { 'content-type': 'application/json' } });
    t.equal(errorOf(await identifyServer({ apiBase }, options)).code, 'not_an_llm_server', JSON.stringify(text));
  }
});

t.test('a body without end is cut and named', async (t) => {
  const chunk = Buffer.alloc(2 ** 20, '{"data": ');
  const { port } = await listening(
    t,
    http.createServer((request, response) => {
      if (request.url !== '/v1/models') return response.writeHead(404).end();
      const more = () => {
        if (!response.destroyed) response.write(chunk, more);
      };
      more();
    }),
  );
  const error = errorOf(await identifyServer({ apiBase: `http://127.0.0.1:${port}` }, options));
  t.match(error, { code: 'not_an_llm_server', cause: { code: 'bad_response', message: /more than 8388608 bytes/ } });
});

t.test('a server that accepts and never answers ends in a timeout', async (t) => {
  const silent = await listening(t, http.createServer());
  const apiBase = `http://127.0.0.1:${silent.port}`;
  const error = errorOf(await identifyServer({ apiBase }, { ...options, timeoutMs: 50 }));
  t.match(error, { code: 'timeout', message: `${apiBase} gave no answer within 50 ms.` });
});

t.test('one question left open does not hide what the others say', async (t) => {
  const { port } = await listening(
    t,
    http.createServer((request, response) => {
      if (request.url === '/system') return;
      if (request.url !== '/v1/models') return response.writeHead(404).end();
      response.end(JSON.stringify(openai.routes['GET /v1/models']?.json));
    }),
  );
  const recognition = await identifyServer(
    { apiBase: `http://127.0.0.1:${port}` },
    { ...options, timeoutMs: LIMIT_MS },
  );
  t.match(recognition, { identity: { kind: 'openai' } });
});

t.test('nobody there is unreachable, something that is not HTTP a bad response', async (t) => {
  const gone = net.createServer();
  const { port } = await listening(t, gone);
  await new Promise((resolve) => gone.close(resolve));
  t.equal(errorOf(await identifyServer({ apiBase: `http://127.0.0.1:${port}` }, options)).code, 'unreachable');
  const ssh = await listening(
    t,
    net.createServer((socket) => {
      socket.on('error', () => socket.destroy()).resume();
      socket.end('SSH-2.0-OpenSSH_9.6\r\n');
    }),
  );
  t.equal(errorOf(await identifyServer({ apiBase: `http://127.0.0.1:${ssh.port}` }, options)).code, 'bad_response');
});

t.test('ends with the reason of the signal', async (t) => {
  const { port } = await listening(t, http.createServer());
  const stop = new AbortController();
  const reason = new Error('cancelled');
  const identifying = identifyServer({ apiBase: `http://127.0.0.1:${port}` }, { ...options, signal: stop.signal });
  setImmediate(() => stop.abort(reason));
  await t.rejects(identifying, reason);
});

t.test('plain HTTP to a server that speaks TLS: says so, whatever the server answers', async (t) => {
  const closing = await serveFixture(t, llamaCpp, 'self-signed');
  const port = new URL(closing.apiBase).port;
  const error = errorOf(await identifyServer({ apiBase: `http://127.0.0.1:${port}` }, options));
  t.match(error, {
    code: 'tls_failed',
    message: `http://127.0.0.1:${port} speaks TLS on this port: write https:// in url; a certificate that no known authority issued needs ca_file besides.`,
  });
  // nginx, Apache and Go answer in plain.
  const web = http.createServer((_, response) => void response.writeHead(400).end('sent to HTTPS port'));
  const { port: webPort } = await listening(t, web);
  const both = net.createServer((socket) => {
    socket.once('data', (first) => {
      // 22 begins a TLS handshake.
      const behind = net.connect(first[0] === 22 ? Number(port) : webPort, '127.0.0.1');
      for (const [from, to] of [
        [socket, behind],
        [behind, socket],
      ] as const)
        from.on('error', () => to.destroy());
      behind.write(first);
      socket.pipe(behind).pipe(socket);
    });
  });
  const { port: answering } = await listening(t, both);
  t.match(errorOf(await identifyServer({ apiBase: `http://127.0.0.1:${answering}` }, options)), { code: 'tls_failed' });
});

t.test('one that hangs up or refuses in plain, and speaks no TLS, is not said to', async (t) => {
  const { port } = await listening(
    t,
    net.createServer((socket) => socket.once('data', () => socket.resetAndDestroy())),
  );
  t.match(errorOf(await identifyServer({ apiBase: `http://127.0.0.1:${port}` }, options)), { code: 'unreachable' });
  const strict = await serveOnly(t, {}, { status: 400, text: 'No' });
  t.match(errorOf(await identifyServer({ apiBase: strict.apiBase }, options)), { code: 'not_an_llm_server' });
});

t.test('over TLS with the trust that the target has, which its identity keeps', async (t) => {
  const { apiBase } = await serveFixture(t, llamaCpp, 'signed');
  const trust = { check: 'authority', pem: certificatePem('authority') } as const;
  const recognition = await identifyServer({ apiBase, tls: trust }, options);
  t.match(recognition, { recognised: true, identity: { kind: 'llama.cpp', apiBase, tls: trust } });
  t.match(errorOf(await identifyServer({ apiBase }, options)), { code: 'tls_failed', message: /set ca_file/ });
});
