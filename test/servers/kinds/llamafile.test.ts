import t from 'tap';
import { connectFixture, patient } from '../../fixtures/servers/fixture-server.js';
import { llamafile } from '../../fixtures/servers/llamafile.js';

const MODEL = 'Llama-3.2-3B-Instruct.Q6_K';

t.test('tells its one model', async (t) => {
  const { identity, server } = await connectFixture(t, llamafile);
  t.equal(identity.name, 'llamafile');
  t.same(await server.models(patient), [{ id: MODEL, loaded: true }]);
});

t.test('counts tokens in its own way, without special ones', async (t) => {
  const { server, requests } = await connectFixture(t, llamafile);
  t.equal(await server.countTokens?.('Hello world', MODEL, patient), 2);
  const body = { prompt: 'Hello world', add_special: false, parse_special: false };
  t.match(requests.at(-1), { line: 'POST /tokenize', body });
});

t.test("has none of llama-server's switches and tells no more", async (t) => {
  const { server } = await connectFixture(t, llamafile);
  t.same(server.requestExtras({ maxTokens: 64, nonce: 'n' }), {});
  t.equal(await server.contextLength(MODEL, patient), undefined);
  t.same(await server.busy(patient), { state: 'unknown' });
});
