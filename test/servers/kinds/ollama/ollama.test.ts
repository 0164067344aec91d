import t from 'tap';
import { connectFixture, patient } from '../../../fixtures/servers/fixture-server.js';
import { idleOllama, ollama } from '../../../fixtures/servers/ollama.js';

t.test('tells its version, what is pulled and what is loaded, embedding models left out', async (t) => {
  const { identity, server } = await connectFixture(t, ollama);
  t.match(identity, { name: 'Ollama', version: '0.12.3' });
  const models = await server.models(patient);
  t.same(
    models.toSorted((a, b) => a.id.localeCompare(b.id)),
    [
      { id: 'llama3.1:latest', loaded: true },
      { id: 'qwen3:8b', loaded: false },
    ],
  );
});

t.test('a loaded model has the context it was loaded with, another none', async (t) => {
  const { server } = await connectFixture(t, ollama);
  t.equal(await server.contextLength('llama3.1:latest', patient), 8192);
  t.equal(await server.contextLength('qwen3:8b', patient), undefined);
});

t.test('with nothing loaded, nothing is loaded', async (t) => {
  const { server } = await connectFixture(t, idleOllama);
  t.ok((await server.models(patient)).every((model) => model.loaded === false));
});

t.test('adds nothing to its requests, and tells neither who it works for nor how it tokenizes', async (t) => {
  const { server } = await connectFixture(t, ollama);
  t.same(server.requestExtras({ maxTokens: 64, nonce: 'n' }), {});
  t.same(await server.busy(patient), { state: 'unknown' });
  t.equal(server.countTokens, undefined);
});

t.test("its own figures are those of an answer's last line", async (t) => {
  const { server } = await connectFixture(t, ollama);
  const last = {
    model: 'llama3.1:latest',
    created_at: '2026-11-21T14:59:00.5Z',
    message: { role: 'assistant', content: '' },
    done: true,
    done_reason: 'length',
    total_duration: 2_600_000_000,
    load_duration: 50_000_000,
    prompt_eval_count: 26,
    prompt_eval_duration: 130_000_000,
    eval_count: 101,
    eval_duration: 2_000_000_000,
  };
  const timings = server.ownTimings([{ done: false, message: { content: 'a' } }, last]);
  t.match(timings, { promptTokens: 26, completionTokens: 101, decodeTps: 50, prefillS: 0.13, loadS: 0.05 });
  t.same(timings?.raw, {
    total_duration: 2_600_000_000,
    load_duration: 50_000_000,
    prompt_eval_count: 26,
    prompt_eval_duration: 130_000_000,
    eval_count: 101,
    eval_duration: 2_000_000_000,
  });
  t.equal(server.ownTimings([{ usage: { prompt_tokens: 5, completion_tokens: 9 } }]), undefined);
});

t.test('tells how much of a model lies on the GPU', async (t) => {
  const { server } = await connectFixture(t, ollama);
  t.equal(await server.gpuRatio?.('llama3.1:latest', patient), 0.8);
  t.equal(await server.gpuRatio?.('qwen3:8b', patient), undefined);
});

t.test('tells which weights a name stands for', async (t) => {
  const { server } = await connectFixture(t, ollama);
  t.same(await server.modelFile?.('qwen3:8b', patient), { id: '500a1f067a9f', quantisation: 'Q4_K_M' });
  t.equal(await server.modelFile?.('no-such-model', patient), undefined);
});

t.test('tells how many layers a model has, where its file says so', async (t) => {
  const { server, requests } = await connectFixture(t, ollama);
  t.equal(await server.layerCount?.('llama3.1:latest', patient), 32);
  t.same(requests.at(-1)?.body, { model: 'llama3.1:latest' });
  const silent = { ...ollama, routes: { ...ollama.routes, 'POST /api/show': { json: { model_info: {} } } } };
  t.equal(await (await connectFixture(t, silent)).server.layerCount?.('llama3.1:latest', patient), undefined);
});
