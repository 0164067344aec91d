import t from 'tap';
import { connectFixture, patient } from '../../fixtures/servers/fixture-server.js';
import { tensorrtLlm } from '../../fixtures/servers/tensorrt-llm.js';

t.test('tells its version and its model, and is never asked for what reading takes away', async (t) => {
  const { identity, server, requests } = await connectFixture(t, tensorrtLlm);
  t.match(identity, { name: 'TensorRT-LLM', version: '1.1.0' });
  t.same(await server.models(patient), [{ id: 'TinyLlama-1.1B-Chat-v1.0', loaded: true }]);
  t.equal(await server.contextLength('TinyLlama-1.1B-Chat-v1.0', patient), undefined);
  t.same(await server.busy(patient), { state: 'unknown' });
  t.notOk(requests.some(({ line }) => line === 'GET /metrics'));
});

t.test('is sent no field that it does not know, which would be an error to it', async (t) => {
  const { server } = await connectFixture(t, tensorrtLlm);
  t.same(server.requestExtras({ maxTokens: 64, nonce: 'n' }), { ignore_eos: true });
});
