import t from 'tap';
import { connectFixture, patient } from '../../fixtures/servers/fixture-server.js';
import { busyKoboldcpp, emptyKoboldcpp, koboldcpp, overwhelmedKoboldcpp } from '../../fixtures/servers/koboldcpp.js';

const MODEL = 'koboldcpp/gemma-3-4b-it-Q4_K_M';

t.test('tells its version, its model and its context', async (t) => {
  const { identity, server } = await connectFixture(t, koboldcpp);
  t.match(identity, { name: 'KoboldCpp', version: '1.98.1' });
  t.same(await server.models(patient), [{ id: MODEL, loaded: true }]);
  t.equal(await server.contextLength(MODEL, patient), 12288);
});

t.test('without a text model it lists none', async (t) => {
  const { server } = await connectFixture(t, emptyKoboldcpp);
  t.same(await server.models(patient), []);
});

t.test('in admin mode it lists what it could load, each once, beside what is loaded', async (t) => {
  const options = ['chat/Qwen3 8B.gguf', 'gemma-3-4b-it-Q4_K_M.kcpps', 'gemma-3-4b-it-Q4_K_M.gguf'];
  const { server } = await connectFixture(t, {
    ...koboldcpp,
    routes: {
      ...koboldcpp.routes,
      'GET /api/admin/list_options': { json: [...options, 'initial_model', 'unload_model'] },
    },
  });
  t.same(await server.models(patient), [
    { id: MODEL, loaded: true },
    { id: 'koboldcpp/Qwen38B', loaded: false },
  ]);
});

t.test('is busy by who works and who waits', async (t) => {
  t.same(await (await connectFixture(t, koboldcpp)).server.busy(patient), { state: 'idle' });
  const { server } = await connectFixture(t, busyKoboldcpp);
  t.same(await server.busy(patient), { state: 'busy', detail: '2 requests in progress' });
});

t.test('forces the length and counts tokens without special ones', async (t) => {
  const { server, requests } = await connectFixture(t, koboldcpp);
  t.same(server.requestExtras({ maxTokens: 64, nonce: 'n' }), { ban_eos_token: true });
  t.equal(await server.countTokens?.('some text', MODEL, patient), 2);
  t.match(requests.at(-1), { line: 'POST /api/extra/tokencount', body: { prompt: 'some text', special: false } });
});

t.test('its 0 for a text that is too long is not believed', async (t) => {
  const { server } = await connectFixture(t, overwhelmedKoboldcpp);
  await t.rejects(async () => server.countTokens?.('a long text', MODEL, patient), { code: 'bad_response' });
});
