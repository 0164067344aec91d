import t from 'tap';
import { connectFixture, patient } from '../../fixtures/servers/fixture-server.js';
import { lmstudio, olderLmstudio } from '../../fixtures/servers/lmstudio.js';

t.test('a loaded model goes by its instance, embedding models are left out', async (t) => {
  const { identity, server } = await connectFixture(t, lmstudio);
  t.equal(identity.name, 'LM Studio');
  t.same(await server.models(patient), [
    { id: 'qwen/qwen3-8b', loaded: false },
    { id: 'google/gemma-4-26b-a4b:2', loaded: true },
  ]);
});

t.test('the context is the one the instance was loaded with, not the longest possible', async (t) => {
  const { server } = await connectFixture(t, lmstudio);
  t.equal(await server.contextLength('google/gemma-4-26b-a4b:2', patient), 16384);
  t.equal(await server.contextLength('qwen/qwen3-8b', patient), undefined);
});

t.test('before REST API v1, v0 tells the same', async (t) => {
  const { server } = await connectFixture(t, olderLmstudio);
  t.same(await server.models(patient), [
    { id: 'qwen2-vl-7b-instruct', loaded: false },
    { id: 'meta-llama-3.1-8b-instruct', loaded: true },
  ]);
  t.equal(await server.contextLength('meta-llama-3.1-8b-instruct', patient), 4096);
});

t.test('reads the statistics of a stream where they come, and has no switches', async (t) => {
  const { server } = await connectFixture(t, lmstudio);
  // As printed in https://lmstudio.ai/docs/api/rest-api, generation_time in seconds.
  const stats = {
    tokens_per_second: 51.43,
    time_to_first_token: 0.111,
    generation_time: 0.954,
    stop_reason: 'eosFound',
  };
  const own = server.ownTimings([{ choices: [] }, { choices: [], usage: { completion_tokens: 53 }, stats }]);
  t.same(own, { raw: stats, completionTokens: 53, decodeTps: 52 / 0.954 });
  t.equal(server.ownTimings([{ choices: [], stats: {} }]), undefined);
  t.same(server.requestExtras({ maxTokens: 64, nonce: 'n' }), {});
  t.same(await server.busy(patient), { state: 'unknown' });
});
