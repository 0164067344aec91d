import t from 'tap';
import { connectFixture, patient } from '../../fixtures/servers/fixture-server.js';
import { skulk } from '../../fixtures/servers/skulk.js';

t.test("is told from exo by its runners' diagnostics and used like exo", async (t) => {
  const { identity, server } = await connectFixture(t, skulk);
  t.match(identity, { kind: 'skulk', name: 'Skulk' });
  t.same(
    (await server.models(patient)).filter((model) => model.loaded).map((model) => model.id),
    ['mlx-community/Llama-3.2-3B-Instruct-4bit'],
  );
});
