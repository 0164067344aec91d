/** What each kind is told, and what is made of its documented answers. */
import { createServer } from 'node:http';
import t, { type Test } from 'tap';
import type { ServerKind } from '../../../../src/benchmark/inference-server.js';
import type { ModelLoader } from '../../../../src/servers/model-loader.js';
import { openModelLoader } from '../../../../src/servers/registry.js';
import {
  type FixtureServer,
  listening,
  patient,
  type ServerFixture,
  serveFixture,
} from '../../../fixtures/servers/fixture-server.js';
import { lmstudio, olderLmstudio } from '../../../fixtures/servers/lmstudio.js';
import { guardedLocalai, localai } from '../../../fixtures/servers/localai.js';
import { openai } from '../../../fixtures/servers/openai.js';
import { emptyTabbyapi, olderEmptyTabbyapi, tabbyapi } from '../../../fixtures/servers/tabbyapi.js';
import { vllm } from '../../../fixtures/servers/vllm.js';
import { startSleepingVllm } from '../../../fixtures/vllm-server.js';

interface Opened {
  readonly loader: ModelLoader;
  /** What it was told, in order: line and body. */
  readonly told: () => readonly (readonly [string, unknown])[];
}

async function loaderOf(
  t: Test,
  fixture: ServerFixture,
): Promise<{ server: FixtureServer; loader?: ModelLoader | undefined }> {
  const server = await serveFixture(t, fixture);
  const identity = { kind: fixture.kind satisfies ServerKind, name: fixture.kind, apiBase: server.apiBase };
  return { server, loader: await openModelLoader(identity, { now: () => new Date(), signal: patient }) };
}

async function opened(t: Test, fixture: ServerFixture, routes: ServerFixture['routes'] = {}): Promise<Opened> {
  const { server, loader } = await loaderOf(t, { ...fixture, routes: { ...fixture.routes, ...routes } });
  if (loader === undefined) throw new Error('a loader was expected');
  const told = () =>
    server.requests.filter(({ line }) => line.startsWith('POST')).map(({ line, body }) => [line, body] as const);
  return { loader, told };
}

t.test('kinds and releases that cannot be told to load have none', async (t) => {
  for (const fixture of [openai, olderLmstudio, guardedLocalai, vllm]) {
    t.equal((await loaderOf(t, fixture)).loader, undefined, fixture.kind);
  }
});

t.test('LM Studio: by key, with the context; an instance goes by its own name', async (t) => {
  const { loader, told } = await opened(t, lmstudio, {
    'POST /api/v1/models/load': {
      json: { type: 'llm', instance_id: 'qwen/qwen3-8b', load_time_seconds: 9.1, status: 'loaded' },
    },
    'POST /api/v1/models/unload': { json: { instance_id: 'google/gemma-4-26b-a4b:2' } },
  });
  t.same(await loader.resident(patient), [
    { id: 'text-embedding-nomic-embed-text-v1.5', contextLength: 2048 },
    { id: 'google/gemma-4-26b-a4b:2', contextLength: 16_384 },
  ]);
  await loader.load({ id: 'qwen/qwen3-8b' }, patient);
  await loader.load({ id: 'google/gemma-4-26b-a4b:2', contextLength: 16_384 }, patient);
  await loader.load({ id: 'google/gemma-4-26b-a4b:3', contextLength: 4096 }, patient);
  await loader.unload('google/gemma-4-26b-a4b:2', patient);
  await loader.unload('qwen/qwen3-8b', patient);
  t.same(told(), [
    ['POST /api/v1/models/load', { model: 'qwen/qwen3-8b' }],
    ['POST /api/v1/models/load', { model: 'google/gemma-4-26b-a4b', context_length: 4096 }],
    ['POST /api/v1/models/unload', { instance_id: 'google/gemma-4-26b-a4b:2' }],
  ]);
});

t.test('LM Studio: a load that fails is told in its words', async (t) => {
  const refusal = { error: { type: 'model_load_failed', message: 'Failed to load model: insufficient memory' } };
  const { loader } = await opened(t, lmstudio, { 'POST /api/v1/models/load': { status: 500, json: refusal } });
  const failure = { code: 'load_failed', message: /answered 500: .*insufficient memory/ };
  await t.rejects(loader.load({ id: 'qwen/qwen3-8b' }, patient), failure);
});

t.test('TabbyAPI: one at a time; its stream tells a failure with status 200', async (t) => {
  const failed = [
    'data: {"model_type":"model","module":1,"modules":34,"status":"processing"}',
    ': ping - 2026-08-13 20:55:45.123456+00:00',
    'data: {"error":{"message":"Insufficient VRAM for model and cache","trace":null}}',
  ].join('\r\n\r\n');
  const { loader, told } = await opened(t, tabbyapi, {
    'POST /v1/model/load': { text: failed },
    'POST /v1/model/unload': { text: '' },
  });
  t.same(await loader.resident(patient), [{ id: 'Llama-3.1-8B-exl3', contextLength: 16_384 }]);
  await loader.load({ id: 'Llama-3.1-8B-exl3' }, patient);
  t.same(told(), [], 'it is there already');
  await t.rejects(loader.load({ id: 'gemma-3-4b-exl3', contextLength: 8192 }, patient), {
    code: 'load_failed',
    message: /Insufficient VRAM/,
  });
  await loader.unload('gemma-3-4b-exl3', patient);
  await loader.unload('Llama-3.1-8B-exl3', patient);
  t.same(told(), [
    ['POST /v1/model/load', { model_name: 'gemma-3-4b-exl3', max_seq_len: 8192 }],
    ['POST /v1/model/unload', {}],
  ]);
  for (const fixture of [emptyTabbyapi, olderEmptyTabbyapi]) {
    const empty = await opened(t, fixture);
    t.same(await empty.loader.resident(patient), []);
  }
});

t.test('LM Studio: the 200 with which it answers what it does not know loads nothing', async (t) => {
  const { loader } = await opened(t, lmstudio);
  await t.rejects(loader.load({ id: 'qwen/qwen3-8b' }, patient), {
    code: 'load_failed',
    message: /Unexpected endpoint/,
  });
});

t.test('TabbyAPI: a key that is not the admin key is told as such', async (t) => {
  const { loader } = await opened(t, tabbyapi, {
    'POST /v1/model/load': { status: 401, json: { detail: 'Invalid admin key' } },
  });
  await t.rejects(loader.load({ id: 'gemma-3-4b-exl3' }, patient), {
    code: 'unauthorized',
    message: /Invalid admin key/,
  });
});

t.test('vLLM in sleep mode: woken, and put to sleep again, each waited for', async (t) => {
  const server = await startSleepingVllm(t);
  const identity = { kind: 'vllm' as const, name: 'vLLM', apiBase: server.apiBase };
  const loader = await openModelLoader(identity, { now: () => new Date(), signal: patient });
  if (loader === undefined) throw new Error('a loader was expected');
  t.match(await loader.resident(patient), [{ id: 'Qwen/Qwen3-8B', asleep: true }, {}]);
  await loader.load({ id: 'Qwen/Qwen3-8B' }, patient);
  t.equal(server.isAsleep(), false);
  await loader.load({ id: 'Qwen/Qwen3-8B' }, patient);
  await loader.sleep?.('Qwen/Qwen3-8B', patient);
  t.equal(server.isAsleep(), true);
  t.same(server.told, ['POST /wake_up', 'POST /sleep?level=1&mode=wait'], 'what others have asked is not broken off');
});

t.test('vLLM that has discarded its weights is not woken: it would answer nonsense', async (t) => {
  const { loader, told } = await opened(t, vllm, {
    'GET /is_sleeping': { json: { is_sleeping: true } },
    'GET /metrics': {
      text: [
        'vllm:engine_sleep_state{engine="0",model_name="Qwen/Qwen3-8B",sleep_state="awake"} 0.0',
        'vllm:engine_sleep_state{engine="0",model_name="Qwen/Qwen3-8B",sleep_state="weights_offloaded"} 0.0',
        'vllm:engine_sleep_state{engine="0",model_name="Qwen/Qwen3-8B",sleep_state="discard_all"} 1.0',
      ].join('\n'),
    },
  });
  await t.rejects(loader.load({ id: 'Qwen/Qwen3-8B' }, patient), { code: 'load_failed', message: /level 2/ });
  t.same(told(), []);
});

t.test('LocalAI: by its own endpoint, in older versions by a request', async (t) => {
  const { loader, told } = await opened(t, localai, {
    'POST /backend/load': { json: { loaded: ['qwen3-8b'], message: 'model loaded' } },
  });
  t.same(await loader.resident(patient), [{ id: 'gemma-3-4b-it' }]);
  await loader.load({ id: 'gemma-3-4b-it' }, patient);
  await loader.load({ id: 'qwen3-8b' }, patient);
  await loader.unload('qwen3-8b', patient);
  t.same(told(), [['POST /backend/load', { model: 'qwen3-8b' }]]);
  const failed = await opened(t, localai, {
    'POST /backend/load': {
      status: 500,
      json: { loaded: [], message: 'failed to load model: grpc service not ready' },
    },
  });
  await t.rejects(failed.loader.load({ id: 'qwen3-8b' }, patient), { code: 'load_failed', message: /not ready/ });
  const older = await opened(t, localai, { 'POST /v1/chat/completions': { json: { choices: [] } } });
  await older.loader.load({ id: 'qwen3-8b' }, patient);
  t.match(older.told(), [['POST /backend/load'], ['POST /v1/chat/completions', { model: 'qwen3-8b', max_tokens: 1 }]]);
});

t.test('LocalAI: a model that goes by itself meanwhile is gone', async (t) => {
  let loaded = [{ id: 'gemma-3-4b-it', backend: 'llama-cpp' }];
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === '/backend/shutdown') {
      loaded = [];
      response.writeHead(404);
      response.end(JSON.stringify({ error: { message: 'model "gemma-3-4b-it" is not loaded on this instance' } }));
    } else response.end(JSON.stringify({ backends: ['llama-cpp'], loaded_models: loaded }));
  });
  const { port } = await listening(t, server);
  const identity = { kind: 'localai' as const, name: 'LocalAI', apiBase: `http://127.0.0.1:${port}` };
  const loader = await openModelLoader(identity, { now: () => new Date(), signal: patient });
  await loader?.unload('gemma-3-4b-it', patient);
  t.same(await loader?.resident(patient), []);
});
