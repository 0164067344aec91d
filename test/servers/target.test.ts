import { copyFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import t from 'tap';
import { DISCOVERED_TARGET } from '../../src/servers/discovered-target.js';
import { type ConfiguredTarget, resolveTarget } from '../../src/servers/target.js';
import { ollamaModel } from '../fixtures/ollama-server/model.js';
import { startOllamaServer } from '../fixtures/ollama-server.js';
import { listening, patient, serveFixture } from '../fixtures/servers/fixture-server.js';
import { llamaCpp, sleepingLlamaCpp } from '../fixtures/servers/llama-cpp.js';
import { idleOllama, ollama } from '../fixtures/servers/ollama.js';
import { lockedOpenai } from '../fixtures/servers/openai.js';
import { reference } from '../fixtures/servers/reference.js';
import { certificateFile } from '../fixtures/tls/certificate.js';

const MODEL = 'hermes-3-llama-3.1-8b-q8_0';

function configuredTarget(name: string, url: string, more: Partial<ConfiguredTarget> = {}): ConfiguredTarget {
  return { name, url, models: 'auto', gpus: 'all', ...more };
}

/** Discovery looks at these ports alone. */
function onPorts(...ports: readonly number[]) {
  return { signal: patient, discovery: { hosts: ['127.0.0.1'], ports } };
}

t.test('a configured target is found by name, with all it says of itself', async (t) => {
  const { apiBase } = await serveFixture(t, llamaCpp);
  const configured = [
    configuredTarget('other', 'http://127.0.0.1:1'),
    configuredTarget('workstation', `${apiBase}/v1/`, { gpus: [1] }),
  ];
  const { target, discovered } = await resolveTarget({ configured, target: 'workstation' }, { signal: patient });
  t.match(target, {
    name: 'workstation',
    identity: { kind: 'llama.cpp', version: 'b9310', apiBase },
    server: { kind: 'llama.cpp', apiBase },
    model: MODEL,
    contextLength: 32768,
    isLocal: true,
    gpus: [1],
  });
  t.same(discovered, []);
});

t.test('without a name the first configured target is taken, and nothing is discovered', async (t) => {
  const { apiBase } = await serveFixture(t, ollama);
  const configured = [configuredTarget('first', apiBase), configuredTarget('second', 'http://127.0.0.1:1')];
  const { target } = await resolveTarget({ configured }, { signal: patient });
  t.match(target, { name: 'first', model: 'llama3.1:latest', contextLength: 8192 });
});

t.test('a URL works without configuration and finds the configured target of the same address', async (t) => {
  const { apiBase, port } = await serveFixture(t, llamaCpp);
  const { target } = await resolveTarget({ configured: [], target: `127.0.0.1:${port}` }, { signal: patient });
  t.match(target, { name: `127.0.0.1:${port}`, model: MODEL, gpus: 'all' });
  const configured = [configuredTarget('workstation', `${apiBase}/`)];
  const found = await resolveTarget({ configured, target: `${apiBase}/v1` }, { signal: patient });
  t.equal(found.target.name, 'workstation');
});

t.test('the model asked for goes before the configured one', async (t) => {
  const { apiBase } = await serveFixture(t, ollama);
  const configured = [configuredTarget('box', apiBase, { models: ['qwen3:8b'] })];
  const { target } = await resolveTarget({ configured, model: 'llama3.1' }, { signal: patient });
  t.equal(target.model, 'llama3.1:latest');
  await t.rejects(resolveTarget({ configured }, { signal: patient }), {
    code: 'model_not_loaded',
    message: /Ollama at .*'qwen3:8b', but it is not loaded.*Loaded there: llama3.1:latest/,
  });
  await t.rejects(resolveTarget({ configured, model: 'gpt-x' }, { signal: patient }), { code: 'model_not_found' });
});

t.test('the configured key is sent, a missing one is asked for', async (t) => {
  const { apiBase } = await serveFixture(t, lockedOpenai);
  const keyed = configuredTarget('box', apiBase, { apiKey: 'secret', models: ['some-model'] });
  const { target } = await resolveTarget({ configured: [keyed] }, { signal: patient });
  t.match(target, { model: 'some-model', identity: { apiKey: 'secret' } });
  const locked = resolveTarget({ configured: [], target: apiBase }, { signal: patient });
  await t.rejects(locked, { code: 'unauthorized', message: /set api_key/ });
});

t.test('a name that is not configured says which are', async (t) => {
  const configured = [configuredTarget('a', 'http://127.0.0.1:1'), configuredTarget('b', 'http://127.0.0.1:2')];
  await t.rejects(resolveTarget({ configured, target: 'c' }, { signal: patient }), {
    code: 'unknown_target',
    message: "There is no target 'c'. Configured are: a, b; a URL works as well.",
  });
  await t.rejects(resolveTarget({ configured: [], target: 'c' }, { signal: patient }), {
    code: 'unknown_target',
    message: /No target is configured/,
  });
});

t.test('a URL that is none, a dead and a silent server each have their error', async (t) => {
  const ask = (target: string, timeoutMs = 60_000) =>
    resolveTarget({ configured: [], target }, { signal: patient, timeoutMs });
  await t.rejects(ask('ftp://box/'), { code: 'bad_url' });
  await t.rejects(ask('http://127.0.0.1:1'), { code: 'unreachable' });
  const { port } = await listening(t, http.createServer());
  await t.rejects(ask(`http://127.0.0.1:${port}`, 50), { code: 'timeout' });
});

t.test('without configuration the first discovered server that can serve is taken, and all are told', async (t) => {
  const empty = await serveFixture(t, idleOllama);
  const llama = await serveFixture(t, llamaCpp);
  const own = await serveFixture(t, reference);
  const options = onPorts(own.port, empty.port, llama.port);
  const { target, discovered } = await resolveTarget({ configured: [] }, options);
  t.match(target, { name: DISCOVERED_TARGET, model: MODEL, isLocal: true, gpus: 'all' });
  t.same(
    discovered.map(({ identity }) => identity.kind),
    ['ollama', 'llama.cpp', 'reference'],
  );
  const asked = await resolveTarget({ configured: [], model: 'typhon-reference-tiny' }, options);
  t.equal(asked.target.identity.kind, 'reference');
});

t.test('of several loaded models the one measured last at that target is taken', async (t) => {
  const models = [ollamaModel('b:1b', { weightBytes: 2 ** 28 }), ollamaModel('a:1b', { weightBytes: 2 ** 28 })];
  const server = await startOllamaServer(t, { models, machine: { loadMs: 0 } });
  for (const { name } of models) {
    await (
      await fetch(`${server.apiBase}/api/generate`, { method: 'POST', body: JSON.stringify({ model: name }) })
    ).text();
  }
  const asked: string[] = [];
  const chosen = async (last: string | undefined) => {
    const lastMeasured = async (target: string) => {
      asked.push(target);
      return last;
    };
    const configured = [configuredTarget('box', server.apiBase)];
    return (await resolveTarget({ configured }, { signal: patient, lastMeasured })).target.model;
  };
  t.equal(await chosen('b:1b'), 'b:1b');
  t.equal(await chosen(undefined), 'a:1b');
  t.same(asked, ['box', 'box']);
});

t.test('where no discovered server can serve, each says why', async (t) => {
  const empty = await serveFixture(t, idleOllama);
  await t.rejects(resolveTarget({ configured: [] }, onPorts(empty.port)), {
    code: 'no_model_loaded',
    message: /^Ollama at http:\/\/127.0.0.1:\d+ has no model loaded/,
  });
  const llama = await serveFixture(t, llamaCpp);
  await t.rejects(resolveTarget({ configured: [], model: 'gpt-x' }, onPorts(empty.port, llama.port)), {
    code: 'model_not_found',
    message: /Ollama at .* has no model 'gpt-x'.* llama.cpp \(llama-server\) at .* has no model 'gpt-x'/,
  });
});

t.test('nothing found names the URLs that were tried', async (t) => {
  await t.rejects(resolveTarget({ configured: [] }, onPorts(1, 2)), {
    code: 'no_server_detected',
    message: /^No LLM server detected\. Tried: http:\/\/127\.0\.0\.1:1, http:\/\/127\.0\.0\.1:2\. .*--target URL/,
  });
});

t.test('ends with the reason of the signal', async (t) => {
  const { port } = await listening(t, http.createServer());
  const stop = new AbortController();
  const reason = new Error('cancelled');
  const resolving = resolveTarget({ configured: [], target: `http://127.0.0.1:${port}` }, { signal: stop.signal });
  setImmediate(() => stop.abort(reason));
  await t.rejects(resolving, reason);
});

t.test('over TLS: the ca_file is read for each use, and every question of the server goes by it', async (t) => {
  const { apiBase, requests } = await serveFixture(t, llamaCpp, 'signed');
  const caFile = join(t.testdir(), 'ca.pem');
  const configured = [configuredTarget('box', apiBase, { tls: { check: 'authority', caFile } })];
  await t.rejects(resolveTarget({ configured }, { signal: patient }), { code: 'bad_ca_file' });
  copyFileSync(certificateFile('authority'), caFile);
  const { target } = await resolveTarget({ configured }, { signal: patient });
  t.match(target, { model: MODEL, contextLength: 32768, slots: 4, server: { apiBase, tls: { check: 'authority' } } });
  t.equal((await target.server.busy(patient)).state, 'idle');
  t.ok(requests.some(({ line }) => line.startsWith('GET /slots')));
  const careless = [configuredTarget('box', apiBase, { tls: { check: 'none' } })];
  t.match((await resolveTarget({ configured: careless }, { signal: patient })).target, { model: MODEL });
});

t.test('a server that sleeps is left asleep, and the error tells which it is', async (t) => {
  const { apiBase, port, requests } = await serveFixture(t, sleepingLlamaCpp);
  const asleep = { code: 'server_asleep', unready: { identity: { kind: 'llama.cpp', apiBase }, model: MODEL } };
  await t.rejects(resolveTarget({ configured: [configuredTarget('box', apiBase)] }, { signal: patient }), asleep);
  await t.rejects(resolveTarget({ configured: [] }, onPorts(port)), asleep);
  t.notOk(requests.some(({ line }) => /slots|metrics|tokenize/.test(line)));
});
