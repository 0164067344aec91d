import t from 'tap';
import { connectFixture, patient } from '../../fixtures/servers/fixture-server.js';
import { jan } from '../../fixtures/servers/jan.js';

const MODEL = 'janhq/Jan-v3-4b-base-instruct-Q4_K_XL';

t.test('lists running sessions as loaded and leaves hosted models out', async (t) => {
  const { identity, server } = await connectFixture(t, jan, 'secret');
  t.equal(identity.name, 'Jan');
  t.same(await server.models(patient), [{ id: MODEL, loaded: true }]);
});

t.test('is recognised without its key and refuses to be used', async (t) => {
  const { identity, server } = await connectFixture(t, jan);
  t.equal(identity.kind, 'jan');
  await t.rejects(server.models(patient), { code: 'unauthorized', message: /expects an API key/ });
});

t.test("passes llama.cpp's switches and timings through, and tells no more", async (t) => {
  const { server } = await connectFixture(t, jan, 'secret');
  t.same(server.requestExtras({ maxTokens: 64, nonce: 'n' }), { cache_prompt: false, ignore_eos: true });
  t.match(server.ownTimings([{ timings: { predicted_n: 11, predicted_ms: 100 } }]), { decodeTps: 100 });
  t.equal(await server.contextLength(MODEL, patient), undefined);
  t.same(await server.busy(patient), { state: 'unknown' });
  t.equal(server.countTokens, undefined);
});
