import t, { type Test } from 'tap';
import {
  chatModels,
  gpuRatioOf,
  layerCount,
  pulledModel,
  runningModel,
} from '../../../../src/servers/kinds/ollama/ollama-models.js';
import { createServerClient } from '../../../../src/servers/server-client.js';
import { ollamaModel } from '../../../fixtures/ollama-server/model.js';
import { currentRelease, oldRelease } from '../../../fixtures/ollama-server/release.js';
import { type OllamaServerOptions, startOllamaServer } from '../../../fixtures/ollama-server.js';
import { patient } from '../../../fixtures/servers/fixture-server.js';

const models = [
  ollamaModel('llama3.1:8b'),
  ollamaModel('nomic-embed-text', { family: 'nomic-bert', capabilities: ['embedding'], weightBytes: 2 ** 28 }),
  ollamaModel('qwen3-embedding', { family: 'qwen3', capabilities: ['embedding'], weightBytes: 2 ** 28 }),
  ollamaModel('gpt-oss:120b-cloud', { remoteHost: 'https://ollama.com:443' }),
  ollamaModel('qwen3:8b', { family: 'qwen3', quantization: 'Q8_0', layers: 36 }),
];

async function asked(t: Test, options: OllamaServerOptions = {}) {
  const server = await startOllamaServer(t, { models, machine: { loadMs: 0 }, ...options });
  const client = createServerClient({ apiBase: server.apiBase });
  const load = (model: string) =>
    fetch(`${server.apiBase}/api/generate`, {
      method: 'POST',
      body: JSON.stringify({ model, options: { num_ctx: 8192 } }),
    });
  return { server, client, load };
}

t.test('offers chat models of its own alone, each with whether it is loaded', async (t) => {
  const { client, load } = await asked(t);
  await load('qwen3:8b');
  t.same(await chatModels(client, patient), [
    { id: 'qwen3:8b', loaded: true },
    { id: 'llama3.1:8b', loaded: false },
  ]);
});

t.test(
  'where the list does not tell what a model can, a loaded one is looked into, another told by its family',
  async (t) => {
    const { server, client } = await asked(t, { release: { ...currentRelease, listsCapabilities: false } });
    const [, , embedding] = models;
    const options = { numCtx: 2048, numBatch: 512, numGpu: -1, numThread: 0, draftNumPredict: 0 };
    const wish = {
      options: { ...options, mainGpu: undefined, useMmap: undefined },
      numCtxAuto: false,
      numBatchAuto: true,
      contextShift: true,
    };
    if (embedding) await server.scheduler.acquire({ model: embedding, wish, keepAliveMs: undefined });
    t.same(
      (await chatModels(client, patient)).map(({ id }) => id),
      ['llama3.1:8b', 'qwen3:8b'],
    );
    t.equal(server.requests.filter(({ route }) => route === 'POST /api/show').length, 1);
  },
);

t.test('an old release tells by the family alone', async (t) => {
  const { client } = await asked(t, { release: oldRelease });
  t.same(
    (await chatModels(client, patient)).map(({ id }) => id),
    ['llama3.1:8b', 'qwen3-embedding:latest', 'qwen3:8b'],
  );
});

t.test('tells how a model is loaded and how much of it lies on the GPU', async (t) => {
  const { client, load } = await asked(t, { machine: { loadMs: 0, gpuBytes: 4 * 2 ** 30 } });
  t.equal(await runningModel(client, 'qwen3:8b', patient), undefined);
  await load('qwen3:8b');
  const running = await runningModel(client, 'qwen3:8b', patient);
  t.match(running, { name: 'qwen3:8b', contextLength: 8192 });
  t.ok(running?.expiresAtMs !== undefined && running.expiresAtMs > Date.now() + 290_000);
  t.match((gpuRatioOf(running) ?? 0).toFixed(2), '0.70');
});

t.test('what it does not tell is unknown', async (t) => {
  const { client, load } = await asked(t, { release: oldRelease });
  await load('qwen3:8b');
  t.match(await runningModel(client, 'qwen3:8b', patient), { contextLength: undefined });
  const common = { name: 'm', contextLength: undefined, expiresAtMs: undefined };
  t.equal(gpuRatioOf(undefined), undefined);
  t.equal(gpuRatioOf({ ...common, size: undefined, vramSize: 5 }), undefined);
  t.equal(gpuRatioOf({ ...common, size: 5, vramSize: 0 }), 0);
  t.equal(gpuRatioOf({ ...common, size: 5, vramSize: 6 }), 1);
});

t.test('knows the file and the layers behind a name', async (t) => {
  const { client } = await asked(t);
  t.match(await pulledModel(client, 'qwen3:8b', patient), { digest: /^[0-9a-f]{64}$/, quantisation: 'Q8_0' });
  t.equal(await pulledModel(client, 'gone', patient), undefined);
  t.equal(await layerCount(client, 'qwen3:8b', patient), 36);
});
