import t, { type Test } from 'tap';
import { openModelLoader } from '../../../../src/servers/registry.js';
import { type KoboldcppOptions, startKoboldcpp } from '../../../fixtures/koboldcpp-server.js';
import { patient } from '../../../fixtures/servers/fixture-server.js';

const GEMMA = { model: 'koboldcpp/gemma-3-4b-it-Q4_K_M', contextLength: 12_288 };
const QWEN = { model: 'koboldcpp/Qwen3-8B', contextLength: 8192 };
const QWEN_LONG = { model: 'koboldcpp/Qwen3-8B', contextLength: 32_768 };

async function opened(t: Test, options: Partial<KoboldcppOptions>, apiKey?: string) {
  const server = await startKoboldcpp(t, { initial: GEMMA, files: { 'Qwen3-8B.gguf': QWEN }, ...options });
  const identity = { kind: 'koboldcpp' as const, name: 'KoboldCpp', apiBase: server.apiBase, apiKey };
  return { server, open: () => openModelLoader(identity, { now: () => new Date(), signal: patient }) };
}

async function loaderOf(t: Test, options: Partial<KoboldcppOptions> = {}) {
  const { server, open } = await opened(t, options);
  const loader = await open();
  if (loader === undefined) throw new Error('a loader was expected');
  return { server, loader };
}

t.test('without admin mode there is none', async (t) => {
  const { open } = await opened(t, { isPlain: true });
  t.equal(await open(), undefined);
});

t.test('where admin mode wants a password, another key is told as such', async (t) => {
  const { open } = await opened(t, { password: 'secret' }, 'other');
  await t.rejects(open(), { code: 'unauthorized', message: /admin password.*api_key of the target/ });
  const known = await opened(t, { password: 'secret' }, 'secret');
  t.match(await known.open(), { canUnload: true });
});

t.test('a file is loaded once the server is back, and goes again', async (t) => {
  const { server, loader } = await loaderOf(t, { running: { model: 'inactive', contextLength: 2048 } });
  t.same(await loader.resident(patient), []);
  await loader.load({ id: QWEN.model }, patient);
  t.same(await loader.resident(patient), [{ id: QWEN.model, contextLength: 8192 }]);
  await loader.load({ id: QWEN.model }, patient);
  await loader.unload(GEMMA.model, patient);
  t.equal(server.downs(), 1, 'what is so already needs nothing');
  await loader.unload(QWEN.model, patient);
  t.same(await loader.resident(patient), []);
  t.same(server.reloads, ['Qwen3-8B.gguf', 'unload_model']);
});

t.test('a configuration goes before the bare file of the same name', async (t) => {
  const files = { 'big/Qwen3 8B.gguf': QWEN, 'Qwen38B.kcpps': { ...QWEN_LONG, model: 'koboldcpp/Qwen38B' } };
  const { server, loader } = await loaderOf(t, { files });
  await loader.load({ id: 'koboldcpp/Qwen38B' }, patient);
  t.same(server.reloads, ['Qwen38B.kcpps']);
});

t.test('what does not come up is told, with what came in its place', async (t) => {
  const { server, loader } = await loaderOf(t, { files: { 'Qwen3-8B.gguf': undefined } });
  const message = /Qwen3-8B\.gguf did not bring koboldcpp\/Qwen3-8B, but koboldcpp\/gemma-3-4b-it-Q4_K_M/;
  await t.rejects(loader.load({ id: QWEN.model }, patient), { code: 'load_failed', message });
  t.equal(server.downs(), 1);
});

t.test('a configuration that is not called as its model is told as such', async (t) => {
  const { loader } = await loaderOf(t, { files: { 'story.kcpps': QWEN } });
  const message = /story\.kcpps did not bring koboldcpp\/story, but koboldcpp\/Qwen3-8B/;
  await t.rejects(loader.load({ id: 'koboldcpp/story' }, patient), { code: 'load_failed', message });
});

t.test('what is put back comes as it was launched, else by its file with the context it had', async (t) => {
  const launched = await loaderOf(t, { running: QWEN });
  await launched.loader.load({ id: GEMMA.model, contextLength: GEMMA.contextLength }, patient);
  t.same(launched.server.reloads, ['initial_model']);
  const files = { 'Qwen3-8B.gguf': QWEN, 'Qwen3-8B.kcpps': QWEN_LONG };
  const swapped = await loaderOf(t, { files });
  await swapped.loader.load({ id: QWEN.model, contextLength: 32_768 }, patient);
  t.same(swapped.server.reloads, ['initial_model', 'Qwen3-8B.kcpps']);
  const other = await loaderOf(t);
  await t.rejects(other.loader.load({ id: QWEN.model, contextLength: 32_768 }, patient), {
    code: 'load_failed',
    message: /context of 32768, but koboldcpp\/Qwen3-8B with a context of 8192/,
  });
});

t.test('what nothing would bring back is not put away', async (t) => {
  const { server, loader } = await loaderOf(t, { isOld: true });
  await t.rejects(loader.unload(GEMMA.model, patient), { code: 'load_failed', message: /nothing would bring it back/ });
  await t.rejects(loader.load({ id: 'koboldcpp/none' }, patient), { code: 'load_failed', message: /no file of/ });
  t.same([server.reloads, server.worker()], [[], GEMMA]);
});

t.test('the wait for a server that is restarting ends with the signal', async (t) => {
  const { server, loader } = await loaderOf(t, { isDeaf: true });
  const stop = new AbortController();
  const loading = loader.load({ id: QWEN.model }, stop.signal);
  loading.catch(() => undefined);
  while (server.reloads.length === 0) await new Promise(setImmediate);
  stop.abort(new Error('enough'));
  await t.rejects(loading, { message: 'enough' });
});
