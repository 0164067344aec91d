import t from 'tap';
import { connectFixture, patient } from '../../fixtures/servers/fixture-server.js';
import {
  busyLlamaCpp,
  llamaCpp,
  llamaCppWithoutSlots,
  loadingLlamaCpp,
  lockedLlamaCpp,
  olderLlamaCppWithoutSlots,
  routerLlamaCpp,
  sleepingLlamaCpp,
} from '../../fixtures/servers/llama-cpp.js';

const MODEL = 'hermes-3-llama-3.1-8b-q8_0';
const ROUTED = 'ggml-org/gemma-3-4b-it-GGUF:Q4_K_M';

t.test('tells its build, its model and the context of one slot', async (t) => {
  const { identity, server } = await connectFixture(t, llamaCpp);
  t.match(identity, { name: 'llama.cpp (llama-server)', version: 'b9310' });
  t.same(await server.models(patient), [{ id: MODEL, loaded: true }]);
  t.equal(await server.contextLength(MODEL, patient), 32768);
});

t.test('tells the file behind a model and nothing of where it lies; a router tells each model its own', async (t) => {
  const file = { id: 'hermes-3-llama-3.1-8b-q8_0.gguf', quantisation: 'Q8_0' };
  const { server } = await connectFixture(t, llamaCpp);
  t.same(await server.modelFile?.('any', patient), file);
  const router = (await connectFixture(t, routerLlamaCpp)).server;
  t.same(await router.modelFile?.('ggml-org/gemma-3-4b-it-GGUF:Q4_K_M', patient), file);
  const sleeping = { id: 'llama-3.2-1b.gguf', quantisation: 'Q4_K - Medium' };
  t.same(await router.modelFile?.('llama-3.2-1b', patient), sleeping);
  const pathless = { ...llamaCpp, routes: { ...llamaCpp.routes, 'GET /props': { json: { model_path: 'none' } } } };
  t.equal(await (await connectFixture(t, pathless)).server.modelFile?.('any', patient), undefined);
});

t.test('tells how many requests it works on at once', async (t) => {
  const { server } = await connectFixture(t, llamaCpp);
  t.equal(await server.slots?.('any', patient), 4);
  const silent = { ...llamaCpp, routes: { ...llamaCpp.routes, 'GET /props': { json: { model_path: 'none' } } } };
  t.equal(await (await connectFixture(t, silent)).server.slots?.('any', patient), undefined);
});

t.test('is busy while a slot works', async (t) => {
  t.same(await (await connectFixture(t, llamaCpp)).server.busy(patient), { state: 'idle' });
  const { server } = await connectFixture(t, busyLlamaCpp);
  t.same(await server.busy(patient), { state: 'busy', detail: '2 of 4 slots in use' });
});

t.test('without slots it is unknown, and its metrics are left to whoever scrapes them', async (t) => {
  const { server, requests } = await connectFixture(t, llamaCppWithoutSlots);
  t.same(await server.busy(patient), { state: 'unknown' });
  t.notOk(requests.some((request) => request.line.startsWith('GET /metrics')));
});

t.test('without slots nothing is asked that only counts as use', async (t) => {
  const { server, requests } = await connectFixture(t, llamaCppWithoutSlots);
  await server.busy(patient);
  t.notOk(requests.some((request) => request.line.startsWith('GET /slots')));
  const older = await connectFixture(t, olderLlamaCppWithoutSlots);
  t.same(await older.server.busy(patient), { state: 'unknown' });
});

// What wakes a real one that sleeps, whatever it answers.
const WAKES = ['/slots', '/metrics', '/lora-adapters', '/tokenize', '/detokenize', '/apply-template', '/v1/chat'];

t.test('a sleeping model is not loaded but asleep; all is told of it and nothing wakes it', async (t) => {
  const { server, requests } = await connectFixture(t, sleepingLlamaCpp);
  t.same(await server.models(patient), [{ id: MODEL, loaded: false, asleep: true }]);
  t.same(await server.busy(patient), { state: 'idle' });
  t.equal(await server.contextLength(MODEL, patient), 32768);
  t.match(await server.modelFile?.(MODEL, patient), { quantisation: 'Q8_0' });
  const lines = requests.map(({ line }) => line);
  t.notOk(
    lines.some((line) => WAKES.some((path) => line.includes(` ${path}`))),
    lines.join(', '),
  );
  t.equal(server.busyKeepsAwake, true);
});

t.test('bypasses the prompt cache and forces the length', async (t) => {
  const { server } = await connectFixture(t, llamaCpp);
  t.same(server.requestExtras({ maxTokens: 64, nonce: 'n' }), { cache_prompt: false, ignore_eos: true });
});

t.test('reads its own timings', async (t) => {
  const { server } = await connectFixture(t, llamaCpp);
  const own = server.ownTimings([{ timings: { cache_n: 0, prompt_n: 38, predicted_n: 64, predicted_ms: 630 } }]);
  t.match(own, { promptTokens: 38, cachedTokens: 0, completionTokens: 64, decodeTps: 100 });
});

t.test('counts tokens without special ones', async (t) => {
  const { server, requests } = await connectFixture(t, llamaCpp);
  t.equal(await server.countTokens?.('some text', MODEL, patient), 3);
  t.match(requests.at(-1), {
    line: 'POST /tokenize',
    body: { model: MODEL, content: 'some text', add_special: false },
  });
});

t.test('as a router it tells loaded models from others and asks about one without loading it', async (t) => {
  const { server, requests } = await connectFixture(t, routerLlamaCpp);
  t.same(await server.models(patient), [
    { id: 'qwen3-8b-q8_0', loaded: false },
    { id: ROUTED, loaded: true },
    { id: 'llama-3.2-1b', loaded: false, asleep: true },
  ]);
  t.equal(await server.contextLength(ROUTED, patient), 32768);
  t.same(await server.busy(patient), { state: 'busy', detail: '1 of 1 slots in use' });
  const aboutModels = requests.map((request) => request.line).filter((line) => line.includes('model='));
  t.equal(aboutModels.length, 2);
  t.ok(aboutModels.every((line) => line.endsWith('&autoload=false')));
});

t.test('the dummy context of a router is unknown', async (t) => {
  const { server } = await connectFixture(t, routerLlamaCpp);
  t.equal(await server.contextLength('qwen3-8b-q8_0', patient), undefined);
});

t.test('with a key it is recognised without it and used with it', async (t) => {
  const without = await connectFixture(t, lockedLlamaCpp);
  t.equal(without.identity.version, undefined);
  await t.rejects(async () => without.server.countTokens?.('x', MODEL, patient), { code: 'unauthorized' });
  const { identity, server } = await connectFixture(t, lockedLlamaCpp, 'secret');
  t.equal(identity.version, 'b9310');
  t.equal(await server.countTokens?.('x', MODEL, patient), 3);
});

t.test('while it loads its model it says so', async (t) => {
  const { server } = await connectFixture(t, loadingLlamaCpp);
  await t.rejects(server.models(patient), {
    code: 'model_loading',
    message: /is still loading its model: .*Loading model/,
  });
  t.equal(await server.contextLength(MODEL, patient), undefined);
});
