import t from 'tap';
import { identifyServer } from '../../../../src/servers/recognition/identify.js';
import { connectServer } from '../../../../src/servers/registry.js';
import { connectFixture, patient, serveFixture } from '../../../fixtures/servers/fixture-server.js';
import { idleLemonade, lemonade } from '../../../fixtures/servers/gateways/lemonade.js';

t.test('tells which chat models are loaded, and nothing of somebody’s cloud', async (t) => {
  const { identity, server } = await connectFixture(t, lemonade);
  t.match(identity, { name: 'Lemonade', version: '9.3.3' });
  t.same(await server.models(patient), [
    { id: 'Qwen3-0.6B-GGUF', loaded: false },
    { id: 'Llama-3.2-1B-Instruct-Hybrid', loaded: true },
  ]);
  t.equal(await server.contextLength('Llama-3.2-1B-Instruct-Hybrid', patient), 4096);
  t.equal(await server.contextLength('Qwen3-0.6B-GGUF', patient), undefined, 'not of one that is not loaded');
  t.same(await server.busy(patient), { state: 'unknown' });
});

t.test('is asked below /api, with or without it in the URL', async (t) => {
  const { apiBase } = await serveFixture(t, lemonade);
  for (const base of [apiBase, `${apiBase}/api`]) {
    const recognition = await identifyServer({ apiBase: base }, { timeoutMs: 5000, signal: patient });
    if (!recognition.recognised) throw recognition.error;
    const server = connectServer(recognition.identity);
    t.equal(`${base}${server.chat.path}`, `${apiBase}/api/v1/chat/completions`);
    t.equal((await server.models(patient)).length, 2);
  }
});

t.test('with nothing loaded it is known all the same', async (t) => {
  const { server } = await connectFixture(t, idleLemonade);
  t.ok((await server.models(patient)).every(({ loaded }) => loaded === false));
  t.same(server.requestExtras({ maxTokens: 1, nonce: 'n' }), { cache_prompt: false, ignore_eos: true });
});
