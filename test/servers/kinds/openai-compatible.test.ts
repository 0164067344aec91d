import t from 'tap';
import {
  allOwnedBy,
  busyByCount,
  knownLength,
  listedModels,
  maxModelLength,
  openAiServer,
  readModels,
} from '../../../src/servers/kinds/openai-compatible.js';
import { createServerClient } from '../../../src/servers/server-client.js';
import { patient, serveFixture } from '../../fixtures/servers/fixture-server.js';
import { vllm } from '../../fixtures/servers/vllm.js';

t.test('a server without traits knows nothing and claims nothing', async (t) => {
  const identity = { kind: 'openai', name: 'some server', apiBase: 'http://127.0.0.1:1', apiKey: 'k' } as const;
  const server = openAiServer(identity, createServerClient(identity), { models: async () => [] });
  t.match(server, {
    kind: 'openai',
    name: 'some server',
    apiBase: 'http://127.0.0.1:1',
    chat: { path: '/v1/chat/completions' },
  });
  t.equal(server.version, undefined);
  t.same(server.headers, { authorization: 'Bearer k' });
  t.same(await server.models(patient), []);
  t.equal(await server.contextLength('m', patient), undefined);
  t.same(await server.busy(patient), { state: 'unknown' });
  t.same(server.requestExtras({ maxTokens: 1, nonce: 'n' }), {});
  t.equal(server.ownTimings([{ usage: { completion_tokens: 1 } }]), undefined);
  t.equal(server.countTokens, undefined);
});

t.test('reads the list of models in the state its kind implies', async (t) => {
  const { apiBase } = await serveFixture(t, vllm);
  const client = createServerClient({ apiBase });
  t.same(await readModels(client, undefined, patient), [
    { id: 'Qwen/Qwen3-8B', loaded: undefined },
    { id: 'sql-adapter', loaded: undefined },
  ]);
});

t.test('an adapter has the length of its base, an unknown model none', async (t) => {
  const { apiBase } = await serveFixture(t, vllm);
  const client = createServerClient({ apiBase });
  t.equal(await maxModelLength(client, 'Qwen/Qwen3-8B', patient), 40960);
  t.equal(await maxModelLength(client, 'sql-adapter', patient), 40960);
  t.equal(await maxModelLength(client, 'other', patient), undefined);
});

t.test('tells a list of models and its owner', async (t) => {
  const answer = (json: unknown, status = 200) => ({ status, headers: {}, text: '', json });
  const list = listedModels(
    answer({
      data: [
        { id: 'a', owned_by: 'x' },
        { id: 'b', owned_by: 'x' },
      ],
    }),
  );
  t.ok(allOwnedBy(list, 'x'));
  t.notOk(allOwnedBy(list, 'y'));
  t.notOk(allOwnedBy([], 'x'), 'an empty list names nobody');
  t.notOk(allOwnedBy(undefined, 'x'));
  t.equal(listedModels(answer({ data: [{ name: 'a' }] })), undefined);
  t.equal(listedModels(answer({ data: [] }, 503)), undefined);
  t.equal(listedModels(undefined), undefined);
});

t.test('an unknown number is unknown, never 0', async (t) => {
  t.equal(knownLength(0), undefined);
  t.equal(knownLength(2048.5), undefined);
  t.equal(knownLength(null), undefined);
  t.equal(knownLength(4096), 4096);
  t.same(busyByCount(undefined), { state: 'unknown' });
  t.same(busyByCount(0), { state: 'idle' });
  t.same(busyByCount(1), { state: 'busy', detail: '1 request in progress' });
  t.same(busyByCount(3), { state: 'busy', detail: '3 requests in progress' });
});
