import t from 'tap';
import { identifyServer } from '../../../../src/servers/recognition/identify.js';
import { connectServer } from '../../../../src/servers/registry.js';
import { connectFixture, patient, serveFixture } from '../../../fixtures/servers/fixture-server.js';
import { dockerModelRunner, silentDockerModelRunner } from '../../../fixtures/servers/gateways/docker-model-runner.js';

const loadedModels = [
  { id: 'docker.io/ai/smollm2:latest', loaded: true },
  { id: 'docker.io/ai/qwen3:8B-Q4_K_M', loaded: false },
];

t.test('tells which chat models run, one that is still being loaded not among them', async (t) => {
  const { identity, server } = await connectFixture(t, dockerModelRunner);
  t.match(identity, { name: 'Docker Model Runner', version: 'v1.1.28' });
  t.same(await server.models(patient), loadedModels);
  t.same(await server.busy(patient), { state: 'busy', detail: '1 request in progress' });
  t.equal(
    await server.contextLength('docker.io/ai/smollm2:latest', patient),
    undefined,
    'what its file allows is none',
  );
  t.same(await server.modelFile?.('docker.io/ai/qwen3:8B-Q4_K_M', patient), { id: undefined, quantisation: 'Q4_K_M' });
  t.equal(await server.modelFile?.('other', patient), undefined);
});

t.test('is asked below its engines, with or without them in the URL', async (t) => {
  const { apiBase } = await serveFixture(t, dockerModelRunner);
  const paths: unknown[] = [];
  for (const base of [apiBase, `${apiBase}/engines`]) {
    const recognition = await identifyServer({ apiBase: base }, { timeoutMs: 5000, signal: patient });
    if (!recognition.recognised) throw recognition.error;
    const server = connectServer(recognition.identity);
    t.equal(server.kind, 'docker-model-runner');
    t.same(await server.models(patient), loadedModels);
    paths.push(`${base}${server.chat.path}`);
  }
  t.same(paths, [`${apiBase}/engines/v1/chat/completions`, `${apiBase}/engines/v1/chat/completions`]);
});

t.test('one that does not tell what runs leaves it unknown', async (t) => {
  const { server } = await connectFixture(t, silentDockerModelRunner);
  t.ok((await server.models(patient)).every(({ loaded }) => loaded === undefined));
  t.same(await server.busy(patient), { state: 'unknown' });
  t.same(server.requestExtras({ maxTokens: 1, nonce: 'n' }), { cache_prompt: false, ignore_eos: true });
});
