import t from 'tap';
import { connectFixture, patient } from '../../fixtures/servers/fixture-server.js';
import { lockedOpenai, openai } from '../../fixtures/servers/openai.js';

t.test('lists models of unknown state, and a length where the list has one', async (t) => {
  const { identity, server } = await connectFixture(t, openai);
  t.match(identity, { kind: 'openai', name: 'OpenAI-compatible server' });
  t.equal(identity.version, undefined);
  t.same(await server.models(patient), [
    { id: 'some-model', loaded: undefined },
    { id: 'another-model', loaded: undefined },
  ]);
  t.equal(await server.contextLength('some-model', patient), 24576);
  t.equal(await server.contextLength('another-model', patient), undefined);
});

t.test('sends the key and nothing else of its own', async (t) => {
  const { server, requests } = await connectFixture(t, lockedOpenai, 'secret');
  t.equal((await server.models(patient)).length, 2);
  t.equal(requests.at(-1)?.authorization, 'Bearer secret');
  t.same(server.requestExtras({ maxTokens: 64, nonce: 'n' }), {});
});
