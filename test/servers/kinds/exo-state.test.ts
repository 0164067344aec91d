import t from 'tap';
import { identifyServer } from '../../../src/servers/recognition/identify.js';
import { busyExo, exo, exoWithoutState, NODE_ID } from '../../fixtures/servers/exo.js';
import { connectFixture, patient } from '../../fixtures/servers/fixture-server.js';

t.test('a model is loaded when all runners of its instance are ready', async (t) => {
  const { server } = await connectFixture(t, exo);
  t.same(await server.models(patient), [
    { id: 'mlx-community/Kimi-K2-4bit', loaded: false },
    { id: 'mlx-community/Llama-3.2-3B-Instruct-4bit', loaded: true },
    { id: 'mlx-community/Qwen3-30B-A3B-4bit', loaded: false },
  ]);
});

t.test('where nothing is said of the runners it is unknown', async (t) => {
  const state = exo.routes['GET /state']?.json as object;
  const { server } = await connectFixture(t, {
    ...exo,
    routes: { ...exo.routes, 'GET /state': { json: { ...state, runners: {} } } },
  });
  t.same(
    (await server.models(patient)).map((model) => model.loaded),
    [false, undefined, undefined],
  );
});

t.test('is busy while a task is pending or running', async (t) => {
  t.same(await (await connectFixture(t, exo)).server.busy(patient), { state: 'idle' });
  const { server } = await connectFixture(t, busyExo);
  t.same(await server.busy(patient), { state: 'busy', detail: '1 request in progress' });
  t.same(await (await connectFixture(t, exoWithoutState)).server.busy(patient), { state: 'unknown' });
});

t.test("the context is the catalogue's, its 0 unknown", async (t) => {
  const { server } = await connectFixture(t, exo);
  t.equal(await server.contextLength('mlx-community/Llama-3.2-3B-Instruct-4bit', patient), 8192);
  t.equal(await server.contextLength('mlx-community/Qwen3-30B-A3B-4bit', patient), undefined);
});

t.test('the node names itself, so that one node is known by any address', async (t) => {
  const { apiBase } = await connectFixture(t, exo);
  t.match(await identifyServer({ apiBase }, { timeoutMs: 5000, signal: patient }), { instance: NODE_ID });
});
