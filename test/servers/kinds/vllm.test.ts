import t from 'tap';
import { connectFixture, patient } from '../../fixtures/servers/fixture-server.js';
import { busyVllm, lockedVllm, vllm, vllmWithLoadTracking, vllmWithoutMetrics } from '../../fixtures/servers/vllm.js';

const MODEL = 'Qwen/Qwen3-8B';

t.test('tells its version, its models, all loaded, and the length they are served with', async (t) => {
  const { identity, server } = await connectFixture(t, vllm);
  t.match(identity, { name: 'vLLM', version: '0.11.2' });
  t.same(await server.models(patient), [
    { id: MODEL, loaded: true },
    { id: 'sql-adapter', loaded: true },
  ]);
  t.equal(await server.contextLength(MODEL, patient), 40960);
});

t.test('is busy by running and waiting requests', async (t) => {
  t.same(await (await connectFixture(t, vllm)).server.busy(patient), { state: 'idle' });
  const { server } = await connectFixture(t, busyVllm);
  t.same(await server.busy(patient), { state: 'busy', detail: '3 requests in progress' });
});

t.test('without metrics a load proves work, but no load proves nothing', async (t) => {
  t.same(await (await connectFixture(t, vllmWithoutMetrics)).server.busy(patient), { state: 'unknown' });
  const { server } = await connectFixture(t, vllmWithLoadTracking);
  t.same(await server.busy(patient), { state: 'busy', detail: '1 request in progress' });
});

t.test('salts its cache with the nonce and forces the length', async (t) => {
  const { server } = await connectFixture(t, vllm);
  const extras = { cache_salt: 'n0nce', min_tokens: 64, ignore_eos: true };
  t.same(server.requestExtras({ maxTokens: 64, nonce: 'n0nce' }), extras);
  t.equal(server.ownTimings([{ usage: { completion_tokens: 9 } }]), undefined);
});

t.test('counts tokens without special ones', async (t) => {
  const { server, requests } = await connectFixture(t, vllm);
  t.equal(await server.countTokens?.('some text', MODEL, patient), 5);
  const body = { model: MODEL, prompt: 'some text', add_special_tokens: false };
  t.match(requests.at(-1), { line: 'POST /tokenize', body });
});

t.test('with a key it is recognised without it, but refuses to be used', async (t) => {
  const { server } = await connectFixture(t, lockedVllm);
  await t.rejects(server.models(patient), { code: 'unauthorized', message: /expects an API key/ });
  const keyed = await connectFixture(t, lockedVllm, 'secret');
  t.equal((await keyed.server.models(patient)).length, 2);
});
