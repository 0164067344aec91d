import t from 'tap';
import { connectFixture, patient } from '../../fixtures/servers/fixture-server.js';
import { freshTgi, tgi } from '../../fixtures/servers/tgi.js';

const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';

t.test('tells its version, its model and its context', async (t) => {
  const { identity, server, requests } = await connectFixture(t, tgi);
  t.match(identity, { name: 'Text Generation Inference', version: '3.3.6' });
  t.same(await server.models(patient), [{ id: MODEL, loaded: true }]);
  t.equal(await server.contextLength(MODEL, patient), 8192);
  t.equal(await server.countTokens?.('some text', MODEL, patient), 2);
  t.match(requests.at(-1), { line: 'POST /tokenize', body: { inputs: 'some text' } });
  t.same(server.requestExtras({ maxTokens: 1, nonce: 'n' }), {});
  t.notOk(requests.some(({ line }) => line === 'GET /health'));
});

t.test('is busy with what it computes and with what waits', async (t) => {
  const { server } = await connectFixture(t, tgi);
  t.same(await server.busy(patient), { state: 'busy', detail: '3 requests in progress' });
  const fresh = await connectFixture(t, freshTgi);
  t.same(await fresh.server.busy(patient), { state: 'unknown' });
});
