import t from 'tap';
import { identifyServer } from '../../../src/servers/identify.js';
import { connectFixture, patient, serveFixture } from '../../fixtures/servers/fixture-server.js';
import { mlxLm } from '../../fixtures/servers/mlx-lm.js';

t.test('offers the model it was started with before those in the cache, none known to be loaded', async (t) => {
  const { identity, server } = await connectFixture(t, mlxLm);
  t.equal(identity.name, 'MLX LM');
  t.same(await server.models(patient), [
    { id: 'default_model', loaded: undefined },
    { id: 'mlx-community/Mistral-7B-Instruct-v0.3-4bit', loaded: undefined },
    { id: 'mlx-community/Qwen3-8B-4bit', loaded: undefined },
  ]);
});

t.test('the same list from another web server is only OpenAI-compatible', async (t) => {
  const { apiBase } = await serveFixture(t, { ...mlxLm, headers: { server: 'uvicorn' } });
  const recognition = await identifyServer({ apiBase }, { timeoutMs: 5000, signal: patient });
  t.match(recognition, { identity: { kind: 'openai' } });
});

t.test('has no switches and tells no more', async (t) => {
  const { server } = await connectFixture(t, mlxLm);
  t.same(server.requestExtras({ maxTokens: 64, nonce: 'n' }), {});
  t.equal(await server.contextLength('default_model', patient), undefined);
  t.same(await server.busy(patient), { state: 'unknown' });
  t.equal(server.countTokens, undefined);
});
