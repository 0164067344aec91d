import t from 'tap';
import { exo } from '../../fixtures/servers/exo.js';
import { connectFixture } from '../../fixtures/servers/fixture-server.js';

t.test('is known by its node and its models, and streams on the OpenAI route without switches', async (t) => {
  const { identity, server } = await connectFixture(t, exo);
  t.match(identity, { kind: 'exo', name: 'exo' });
  t.match(server, { kind: 'exo', chat: { path: '/v1/chat/completions' } });
  t.same(server.requestExtras({ maxTokens: 64, nonce: 'n' }), {});
});
