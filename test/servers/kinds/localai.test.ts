import t from 'tap';
import { connectFixture, patient } from '../../fixtures/servers/fixture-server.js';
import { guardedLocalai, localai, olderLocalai } from '../../fixtures/servers/localai.js';

t.test('tells its version and which models are loaded', async (t) => {
  const { identity, server } = await connectFixture(t, localai);
  t.match(identity, { name: 'LocalAI', version: 'v3.6.0' });
  t.same(await server.models(patient), [
    { id: 'qwen3-8b', loaded: false },
    { id: 'gemma-3-4b-it', loaded: true },
  ]);
});

t.test('before the discovery document its backends identify it', async (t) => {
  const { identity, server } = await connectFixture(t, olderLocalai);
  t.match(identity, { kind: 'localai', version: 'v2.24.0' });
  t.ok((await server.models(patient)).every((model) => model.loaded === false));
});

t.test('where the system is closed, what is loaded is unknown', async (t) => {
  const { server } = await connectFixture(t, guardedLocalai);
  t.ok((await server.models(patient)).every((model) => model.loaded === undefined));
});

t.test('asks for extra usage and reads the times in it', async (t) => {
  const { server } = await connectFixture(t, localai);
  t.match(server.headers, { 'extra-usage': 'true' });
  const usage = {
    prompt_tokens: 38,
    completion_tokens: 51,
    timing_prompt_processing: 120.5,
    timing_token_generation: 1000,
  };
  t.same(server.ownTimings([{ choices: [], usage }]), { raw: usage, completionTokens: 51, decodeTps: 50 });
  const silent = server.ownTimings([{ usage: { ...usage, completion_tokens: 0 } }]);
  t.equal(silent?.completionTokens, undefined, 'its 0 tokens are none counted');
  t.equal(silent?.decodeTps, undefined);
  t.equal(server.ownTimings([{ usage: { completion_tokens: 51 } }]), undefined);
});

t.test('forces the length and counts tokens', async (t) => {
  const { server, requests } = await connectFixture(t, localai);
  t.same(server.requestExtras({ maxTokens: 64, nonce: 'n' }), { ignore_eos: true });
  t.equal(await server.countTokens?.('some text', 'gemma-3-4b-it', patient), 2);
  t.match(requests.at(-1), { line: 'POST /v1/tokenize', body: { model: 'gemma-3-4b-it', content: 'some text' } });
  t.equal(await server.contextLength('gemma-3-4b-it', patient), undefined);
  t.same(await server.busy(patient), { state: 'unknown' });
});
