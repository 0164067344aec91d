import t from 'tap';
import { connectFixture, patient } from '../../fixtures/servers/fixture-server.js';
import { busySglang, newerSglang, sglang, sglangWithoutMetrics } from '../../fixtures/servers/sglang.js';

const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';

t.test('tells its version, its model and the length it is served with', async (t) => {
  const { identity, server } = await connectFixture(t, sglang);
  t.match(identity, { name: 'SGLang', version: '0.5.3' });
  t.same(await server.models(patient), [{ id: MODEL, loaded: true }]);
  t.equal(await server.contextLength(MODEL, patient), 131072);
});

t.test('newer versions are known by the newer names', async (t) => {
  const { identity } = await connectFixture(t, newerSglang);
  t.match(identity, { name: 'SGLang', version: '0.6.0' });
});

t.test('is busy by its load over all ranks, else by its metrics, else unknown', async (t) => {
  t.same(await (await connectFixture(t, sglang)).server.busy(patient), { state: 'idle' });
  t.same(await (await connectFixture(t, busySglang)).server.busy(patient), {
    state: 'busy',
    detail: '3 requests in progress',
  });
  t.same(await (await connectFixture(t, newerSglang)).server.busy(patient), {
    state: 'busy',
    detail: '4 requests in progress',
  });
  t.same(await (await connectFixture(t, sglangWithoutMetrics)).server.busy(patient), { state: 'unknown' });
});

t.test('salts its cache and forces the length without a penalizer', async (t) => {
  const { server } = await connectFixture(t, sglang);
  t.same(server.requestExtras({ maxTokens: 64, nonce: 'n0nce' }), { cache_salt: 'n0nce', ignore_eos: true });
});

t.test('counts tokens where it can, and says where it cannot', async (t) => {
  const { server, requests } = await connectFixture(t, sglang);
  t.equal(await server.countTokens?.('some text', MODEL, patient), 3);
  t.match(requests.at(-1)?.body, { model: MODEL, prompt: 'some text', add_special_tokens: false });
  const { server: older } = await connectFixture(t, sglangWithoutMetrics);
  await t.rejects(async () => older.countTokens?.('x', MODEL, patient), { code: 'unsupported' });
});
