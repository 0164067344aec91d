/** What a real llama-server tells about itself, by the options that it was started with. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { InferenceServer } from '../../../src/benchmark/inference-server.js';
import { identifyServer } from '../../../src/servers/recognition/identify.js';
import { connectServer } from '../../../src/servers/registry.js';
import type { ServerAccess } from '../../../src/servers/server-client.js';
import type { ServerIdentity } from '../../../src/servers/server-family.js';
import { type LlamaServer, skipWithoutLlamaServer, startLlamaServer, tinyModel } from '../../fixtures/llama-server.js';
import { patient } from '../../fixtures/servers/fixture-server.js';
import { until } from '../../fixtures/typhon-process.js';

const skip = skipWithoutLlamaServer();
const NAME = 'llama.cpp (llama-server)';

async function connected(access: ServerAccess): Promise<{ identity: ServerIdentity; server: InferenceServer }> {
  const recognition = await identifyServer(access, { timeoutMs: 5000, signal: patient });
  if (!recognition.recognised) throw recognition.error;
  return { identity: recognition.identity, server: connectServer(recognition.identity) };
}

const model = await tinyModel(t.testdir({}));

function start(t: Test, ...args: readonly string[]): Promise<LlamaServer> {
  return startLlamaServer(t, { args: ['--model', model, '--alias', 'tiny', ...args] });
}

t.test('the context is what one slot has, which --kv-unified makes the whole', { skip }, async (t) => {
  const shares = { 2048: ['--parallel', '4'], 8192: ['--parallel', '4', '--kv-unified'] };
  for (const [tokens, args] of Object.entries(shares)) {
    const { identity, server } = await connected({ apiBase: (await start(t, '--ctx-size', '8192', ...args)).url });
    t.match(identity, { kind: 'llama.cpp', name: NAME, version: /^b\d+$/ });
    t.same(await server.models(patient), [{ id: 'tiny', loaded: true }]);
    t.equal(await server.contextLength('tiny', patient), Number(tokens));
    t.same(await server.busy(patient), { state: 'idle' });
  }
});

t.test('with a key it is recognised without it and tells the rest with it', { skip }, async (t) => {
  const { url: apiBase } = await start(t, '--ctx-size', '2048', '--api-key', 'sesame');
  t.match((await connected({ apiBase })).identity, { kind: 'llama.cpp', name: NAME });
  const { identity, server } = await connected({ apiBase, apiKey: 'sesame' });
  t.match(identity, { kind: 'llama.cpp', version: /^b\d+$/ });
  t.equal(await server.contextLength('tiny', patient), 2048);
  t.equal(await server.countTokens?.('the sea', 'tiny', patient), 3);
  const { server: locked } = await connected({ apiBase, apiKey: 'wrong' });
  await t.rejects(async () => locked.countTokens?.('the sea', 'tiny', patient), { code: 'unauthorized' });
});

t.test('below a prefix, and without slots, it is like all others; busy is unknown', { skip }, async (t) => {
  const { url } = await start(t, '--ctx-size', '2048', '--api-prefix', '/llama', '--no-slots');
  const { identity, server } = await connected({ apiBase: `${url}/llama` });
  t.match(identity, { kind: 'llama.cpp', version: /^b\d+$/ });
  t.equal(await server.contextLength('tiny', patient), 2048);
  t.same(await server.busy(patient), { state: 'unknown' });
  await t.rejects(connected({ apiBase: url }), { code: 'not_an_llm_server' });
});

t.test('a router tells which models are loaded, and loads none because it was asked', { skip }, async (t) => {
  const folder = join(t.testdir({}), 'models');
  mkdirSync(folder);
  for (const name of ['one', 'two']) symlinkSync(model, join(folder, `${name}.gguf`));
  const { url: apiBase } = await startLlamaServer(t, { args: ['--models-dir', folder, '--ctx-size', '2048'] });
  const { identity, server } = await connected({ apiBase });
  t.match(identity, { kind: 'llama.cpp', version: /^b\d+$/ });
  const unloaded = ['one', 'two'].map((id) => ({ id, loaded: false }));
  t.same(await server.models(patient), unloaded);
  t.equal(await server.contextLength('one', patient), undefined);
  t.same(await server.busy(patient), { state: 'idle' });
  t.same(await server.models(patient), unloaded);
  await fetch(`${apiBase}/models/load`, { method: 'POST', body: JSON.stringify({ model: 'two' }) });
  await until(async () => (await server.models(patient))[1]?.loaded);
  t.equal(await server.contextLength('two', patient), 2048);
  t.same(await server.busy(patient), { state: 'idle' });
  t.same((await server.models(patient))[0], { id: 'one', loaded: false });
});
