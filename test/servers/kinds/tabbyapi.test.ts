import t from 'tap';
import { connectFixture, patient } from '../../fixtures/servers/fixture-server.js';
import { emptyTabbyapi, lockedTabbyapi, tabbyapi } from '../../fixtures/servers/tabbyapi.js';

const MODEL = 'Llama-3.1-8B-exl3';

t.test('tells the loaded model first, and its context', async (t) => {
  const { identity, server } = await connectFixture(t, tabbyapi);
  t.equal(identity.name, 'TabbyAPI');
  t.same(await server.models(patient), [
    { id: MODEL, loaded: true },
    { id: 'gemma-3-4b-exl3', loaded: false },
  ]);
  t.equal(await server.contextLength(MODEL, patient), 16384);
  t.equal(await server.contextLength('gemma-3-4b-exl3', patient), undefined);
});

t.test('with nothing loaded, all its models are unloaded', async (t) => {
  const { server } = await connectFixture(t, emptyTabbyapi);
  t.same(
    (await server.models(patient)).map((model) => model.loaded),
    [false, false],
  );
});

t.test('is recognised without its key and refuses to be used', async (t) => {
  const { identity, server } = await connectFixture(t, lockedTabbyapi);
  t.equal(identity.kind, 'tabbyapi');
  await t.rejects(server.models(patient), { code: 'unauthorized' });
});

t.test('forces the length and counts tokens without a first token of its own', async (t) => {
  const { server, requests } = await connectFixture(t, tabbyapi);
  t.same(server.requestExtras({ maxTokens: 64, nonce: 'n' }), { min_tokens: 64, ban_eos_token: true });
  t.equal(await server.countTokens?.('some text', MODEL, patient), 7);
  t.match(requests.at(-1), { line: 'POST /v1/token/encode', body: { text: 'some text', add_bos_token: false } });
});

t.test('reads the times in its usage, words included', async (t) => {
  const { server } = await connectFixture(t, tabbyapi);
  const usage = {
    prompt_tokens: 38,
    prompt_time: 0.02,
    prompt_tokens_per_sec: 'Indeterminate',
    completion_tokens: 101,
    completion_time: 2,
    completion_tokens_per_sec: 50.5,
    total_time: 2.02,
  };
  t.same(server.ownTimings([{ choices: [], usage }]), { raw: usage, completionTokens: 101, decodeTps: 50 });
  t.equal(server.ownTimings([{ choices: [], usage: { completion_tokens: 3 } }]), undefined);
});

t.test('a time too short for its steps of 10 ms gives no speed', async (t) => {
  const { server } = await connectFixture(t, tabbyapi);
  t.equal(server.ownTimings([{ usage: { completion_tokens: 20, completion_time: 0.11 } }])?.decodeTps, undefined);
});
