import t from 'tap';
import { connectFixture, patient } from '../../fixtures/servers/fixture-server.js';
import {
  emptyTextGenerationWebui,
  guardedTextGenerationWebui,
  textGenerationWebui,
} from '../../fixtures/servers/text-generation-webui.js';

t.test('tells the loaded model from those on disk', async (t) => {
  const { identity, server } = await connectFixture(t, textGenerationWebui);
  t.equal(identity.name, 'text-generation-webui');
  t.same(await server.models(patient), [
    { id: 'Qwen3-8B-Q4_K_M.gguf', loaded: true },
    { id: 'gemma-3-4b-exl3', loaded: false },
  ]);
});

t.test('the name None means that nothing is loaded', async (t) => {
  const { server } = await connectFixture(t, emptyTextGenerationWebui);
  t.notOk((await server.models(patient)).some((model) => model.loaded || model.id === 'None'));
});

t.test('without the admin key the loaded model is enough', async (t) => {
  const { server } = await connectFixture(t, guardedTextGenerationWebui);
  t.same(await server.models(patient), [{ id: 'Qwen3-8B-Q4_K_M.gguf', loaded: true }]);
});

t.test('forces the length, counts tokens, and tells neither context nor load', async (t) => {
  const { server, requests } = await connectFixture(t, textGenerationWebui);
  t.same(server.requestExtras({ maxTokens: 64, nonce: 'n' }), { ban_eos_token: true });
  t.equal(await server.countTokens?.('some text', 'm', patient), 6);
  t.match(requests.at(-1), { line: 'POST /v1/internal/token-count', body: { text: 'some text' } });
  t.equal(await server.contextLength('m', patient), undefined);
  t.same(await server.busy(patient), { state: 'unknown' });
});
