import t, { type Test } from 'tap';
import { ManualClock } from '../fixtures/manual-clock.js';
import { ollamaModel } from '../fixtures/ollama-server/model.js';
import { oldRelease } from '../fixtures/ollama-server/release.js';
import { type OllamaServer, type OllamaServerOptions, startOllamaServer } from '../fixtures/ollama-server.js';

const NOON = Date.parse('2026-11-21T12:00:00Z');

async function started(t: Test, options: OllamaServerOptions = {}) {
  const clock = new ManualClock(NOON);
  const server = await startOllamaServer(t, { clock, ...options, machine: { loadMs: 0, ...options.machine } });
  return { server, clock };
}

async function post(server: OllamaServer, path: string, body: object): Promise<{ status: number; lines: unknown[] }> {
  const answer = await fetch(`${server.apiBase}${path}`, { method: 'POST', body: JSON.stringify(body) });
  const text = await answer.text();
  // The scheduler hears of the end a turn of the loop later.
  await new Promise((resolve) => setImmediate(resolve));
  const lines = text.split('\n').filter((line) => line.startsWith('{'));
  return { status: answer.status, lines: lines.map((line) => JSON.parse(line)) };
}

const model = 'llama3.1:8b';
const messages = [{ role: 'user', content: 'Where do rivers go?' }];

function chat(server: OllamaServer, options: object = {}, fields: object = {}) {
  return post(server, '/api/chat', { model, messages, options: { num_predict: 2, ...options }, ...fields });
}

function remainingS(server: OllamaServer, clock: ManualClock): number | undefined {
  const [first] = server.ps().models;
  return first && (Date.parse(first.expires_at) - clock.nowMs()) / 1000;
}

t.test('a request with another context, or with none, makes it load the model anew', async (t) => {
  const { server } = await started(t);
  await chat(server, { num_ctx: 10_240 });
  await chat(server, { num_ctx: 10_240 });
  t.equal(server.scheduler.loads, 1);
  await chat(server);
  t.match(server.ps().models, [{ name: model, context_length: 4096 }]);
  await chat(server, { num_ctx: 10_240 });
  await post(server, '/v1/chat/completions', { model, messages, max_tokens: 2 });
  t.equal(server.scheduler.loads, 4);
  t.match(server.ps().models, [{ context_length: 4096 }]);
  t.same(
    server.requests.map(({ loaded }) => loaded),
    [true, false, true, true, true],
  );
});

t.test('so does each other option of its engine, and a shift, but none of the sampler', async (t) => {
  const { server } = await started(t);
  await chat(server);
  await chat(server, { temperature: 0, seed: 7, top_k: 1 }, { truncate: false });
  await chat(server, { num_gpu: -1 });
  t.equal(server.scheduler.loads, 1);
  await chat(server, { num_thread: 8 });
  await chat(server, { num_batch: 256 });
  await chat(server, {}, { shift: false });
  t.equal(server.scheduler.loads, 4);
});

t.test('a context beyond what the model was trained for is cut to that, and is no other one', async (t) => {
  const { server } = await started(t, { models: [ollamaModel(model, { trainedContext: 8192 })] });
  await chat(server, { num_ctx: 100_000 });
  await chat(server, { num_ctx: 8192 });
  t.equal(server.scheduler.loads, 1);
  t.match(server.ps().models, [{ context_length: 8192 }]);
});

t.test(
  'the session lasts as the last request that named one wanted, from the end of the last request on',
  async (t) => {
    const { server, clock } = await started(t);
    await chat(server);
    t.equal(remainingS(server, clock), 300);
    await chat(server, {}, { keep_alive: '30m' });
    clock.advance(60_000);
    t.equal(remainingS(server, clock), 1740);
    await chat(server);
    t.equal(remainingS(server, clock), 1800, 'not back to the default');
    await post(server, '/api/generate', { model, keep_alive: 12.5 });
    t.equal(remainingS(server, clock), 12.5);
    clock.advance(12_500);
    t.same(server.ps().models, []);
  },
);

t.test('an empty request with keep_alive 0 unloads, a negative one keeps for centuries', async (t) => {
  const { server, clock } = await started(t);
  t.match((await post(server, '/api/generate', { model, keep_alive: -1 })).lines, [{ done_reason: 'load' }]);
  t.ok((remainingS(server, clock) ?? 0) > 9e9);
  t.match((await post(server, '/api/generate', { model, keep_alive: 0 })).lines, [{ done_reason: 'unload' }]);
  t.same(server.ps().models, []);
});

t.test('lists first what was used last, and evicts what has the shortest session where memory is short', async (t) => {
  const names = ['aya:8b', 'phi4:14b', 'qwen3:8b'];
  const models = names.map((name) => ollamaModel(name, { weightBytes: 4 * 2 ** 30 }));
  const { server, clock } = await started(t, { models });
  const use = async (name: string, keepAlive: string) => {
    await post(server, '/api/generate', { model: name, keep_alive: keepAlive });
    clock.advance(2000);
  };
  await use('aya:8b', '5m');
  await use('phi4:14b', '4m');
  await use('aya:8b', '5m');
  t.same(
    server.ps().models.map(({ name }) => name),
    ['aya:8b', 'phi4:14b'],
  );
  await use('qwen3:8b', '5m');
  t.same(
    server.ps().models.map(({ name }) => name),
    ['qwen3:8b', 'aya:8b'],
  );
});

t.test('tells how much of a model did not fit into the memory of the GPU', async (t) => {
  const { server } = await started(t, { machine: { gpuBytes: 4 * 2 ** 30 } });
  await chat(server);
  const [running] = server.ps().models;
  t.ok(running && running.size_vram > 0 && running.size_vram < running.size);
  const { server: cpu } = await started(t, { machine: { gpuBytes: 0 } });
  await chat(cpu);
  t.match(cpu.ps().models, [{ size_vram: 0 }]);
});

t.test('answers a line a token, thoughts first, and its own figures in the last', async (t) => {
  const thinker = ollamaModel('qwen3:8b', { capabilities: ['completion', 'thinking'], thinkingTokens: 1 });
  const { server } = await started(t, { models: [thinker] });
  const { lines } = await post(server, '/api/chat', { model: 'qwen3:8b', messages, options: { num_predict: 3 } });
  t.match(lines, [
    { message: { role: 'assistant', content: '', thinking: ' quiet' }, done: false },
    { message: { role: 'assistant', content: ' rivers' }, done: false },
    { message: { content: ' carry' }, done: false },
    { message: { content: '' }, done: true, done_reason: 'length', prompt_eval_count: 15, eval_count: 3 },
  ]);
  t.match(lines.at(-1), { prompt_eval_duration: 375_000, eval_duration: 4_000_000 });
  await post(server, '/api/chat', { model: 'qwen3:8b', messages, options: { num_predict: 3 } });
  const again = await post(server, '/api/chat', { model: 'qwen3:8b', messages, options: { num_predict: 1 } });
  t.match(again.lines.at(-1), { prompt_eval_count: 15, prompt_eval_duration: 150_000 }, 'what was cached is counted');
});

t.test('cuts a prompt without a word to the client, unless told to refuse it', async (t) => {
  const long = [{ role: 'user', content: 'river '.repeat(5000) }];
  const { server } = await started(t);
  const ask = (fields: object) =>
    post(server, '/api/chat', { model, messages: long, options: { num_predict: 1 }, ...fields });
  t.match((await ask({})).lines.at(-1), { prompt_eval_count: 2051 });
  t.match(server.scheduler.log.at(-1), /truncating input prompt limit=2051 prompt=6010/);
  const refused = await ask({ truncate: false });
  t.equal(refused.status, 400);
  t.match(refused.lines, [{ error: /exceeds the available context size/ }]);
  const { server: old } = await started(t, { release: oldRelease });
  const cut = await post(old, '/api/chat', { model, messages: long, truncate: false, options: { num_predict: 1 } });
  t.match(cut.lines.at(-1), { prompt_eval_count: 4096 });
  t.notOk('context_length' in (old.ps().models[0] ?? {}));
});

t.test('gives up an answer that says the same over and over, without a last line', async (t) => {
  const { server } = await started(t, { models: [ollamaModel(model, { stuckOn: ' the' })] });
  const { status, lines } = await chat(server, { num_predict: 64 });
  t.equal(status, 200);
  t.equal(lines.length, 31);
  t.match(lines.at(-1), { done: false });
});

t.test('says in a line of its own when the engine dies in the middle', async (t) => {
  const { server } = await started(t, { dieAfterTokens: 3 });
  const { lines } = await chat(server, { num_predict: 8 });
  t.equal(lines.length, 4);
  t.match(lines.at(-1), { error: /while running the model/ });
});

t.test('what is no chat model says so, and looking at models loads none', async (t) => {
  const bert = ollamaModel('nomic-embed-text', { capabilities: ['embedding'], family: 'nomic-bert' });
  const { server } = await started(t, { models: [bert] });
  const refused = await post(server, '/api/chat', { model: 'nomic-embed-text', messages });
  t.match(refused, { status: 400, lines: [{ error: /does not support chat/ }] });
  t.match(await post(server, '/api/show', { model: 'nomic-embed-text' }), { lines: [{ capabilities: ['embedding'] }] });
  t.match(await post(server, '/api/chat', { model: 'gone', messages }), { status: 404 });
  t.equal(server.scheduler.loads, 0);
});
