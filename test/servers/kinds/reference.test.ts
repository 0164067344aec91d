import t from 'tap';
import { connectFixture, patient } from '../../fixtures/servers/fixture-server.js';
import { busyReference, reference } from '../../fixtures/servers/reference.js';

const MODEL = 'typhon-reference-tiny';

t.test('tells its version, where it computes, its model and its context', async (t) => {
  const { identity, server } = await connectFixture(t, reference);
  t.match(identity, { kind: 'reference', name: 'typhon reference server (cuda)', version: '0.1.0' });
  t.same(await server.models(patient), [{ id: MODEL, loaded: true }]);
  t.equal(await server.contextLength(MODEL, patient), 16384);
});

t.test('is busy by the requests it works on', async (t) => {
  t.same(await (await connectFixture(t, reference)).server.busy(patient), { state: 'idle' });
  const { server } = await connectFixture(t, busyReference);
  t.same(await server.busy(patient), { state: 'busy', detail: '2 requests in progress' });
});

t.test("takes llama-server's switches, gives its timings and counts tokens", async (t) => {
  const { server, requests } = await connectFixture(t, reference);
  t.same(server.requestExtras({ maxTokens: 64, nonce: 'n' }), { cache_prompt: false, ignore_eos: true });
  t.match(server.ownTimings([{ timings: { predicted_n: 11, predicted_ms: 100 } }]), { decodeTps: 100 });
  t.equal(await server.countTokens?.('some text', MODEL, patient), 4);
  t.match(requests.at(-1), { line: 'POST /tokenize', body: { content: 'some text' } });
});
