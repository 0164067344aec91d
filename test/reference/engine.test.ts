import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as llama from 'node-llama-cpp';
import { pino } from 'pino';
import t from 'tap';
import { type EngineOptions, LANE_TOKENS, PARALLEL_LANES, ReferenceEngine } from '../../src/reference/engine.js';
import type { GenerationRequest } from '../../src/reference/generation.js';
import { ensureReferenceModel } from '../../src/reference/model-file.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const logger = pino({ level: 'silent' });
const { path: modelPath } = await ensureReferenceModel({ size: 'tiny', cacheDir: await temporaryFolder(t), logger });
const options: EngineOptions = {
  modelPath,
  contextLength: LANE_TOKENS + 1024,
  flashAttention: false,
  threads: 1,
  device: 'cpu',
  logger,
};
const engine = await ReferenceEngine.load(llama, options);
t.teardown(() => engine.dispose());

function request(text: string, more: Partial<GenerationRequest> = {}): GenerationRequest {
  const { signal } = new AbortController();
  const prompt = engine.tokenize(text);
  return { prompt, maxTokens: 8, temperature: 0, seed: 1, ignoreEos: true, cachePrompt: false, signal, ...more };
}

async function textOf(work: GenerationRequest): Promise<string> {
  const texts: string[] = [];
  await engine.generate(work, (text) => texts.push(text));
  return texts.join('');
}

t.test('a file that is no model is refused with its path', async (t) => {
  const path = join(t.testdir(), 'broken.gguf');
  await writeFile(path, 'not a model');
  await t.rejects(ReferenceEngine.load(llama, { ...options, modelPath: path }), {
    code: 'engine_failed',
    message: /broken\.gguf/,
  });
});

t.test('a GPU for which there is no build is an error that says so, and never the CPU in silence', async (t) => {
  await t.rejects(ReferenceEngine.load(llama, { ...options, device: 'cuda' }), {
    code: 'no_gpu_build',
    message: /npm install @node-llama-cpp\/.*cuda/,
  });
});

t.test('gives up loading when aborted', async (t) => {
  const reason = new Error('enough');
  await t.rejects(ReferenceEngine.load(llama, { ...options, signal: AbortSignal.abort(reason) }), reason);
});

t.test('names the engine it runs on', async (t) => {
  t.match(engine.description, /^llama\.cpp .+, node-llama-cpp 3\.\d+\.\d+, cpu$/);
});

t.test('tokenises any text, common English words as one token each', async (t) => {
  t.equal(engine.tokenize(' the old man looked for his friend').length, 7);
  t.equal(engine.tokenize('').length, 0);
  t.ok(engine.tokenize('日本語 \u{1f642} \0 \\').length > 0);
});

t.test('knows the marks of the chat template and nothing else as one', async (t) => {
  t.not(engine.markToken('<|user|>'), engine.markToken('<|end|>'));
  t.throws(() => engine.markToken('<|nobody|>'), /not one token/);
});

t.test('side by side requests get what they get alone', async (t) => {
  const works = Array.from({ length: PARALLEL_LANES }, (_, index) => request(`number ${index} asks for words`));
  const alone: string[] = [];
  for (const work of works) alone.push(await textOf(work));
  const together = Promise.all(works.map(textOf));
  t.equal(engine.processing, PARALLEL_LANES);
  const texts = await together;
  t.equal(engine.processing, 0);
  // Batched arithmetic may round differently, so a near tie may fall the other way: the first words are compared.
  const firstWords = (text: string): string => text.split(' ').slice(0, 3).join(' ');
  t.same(texts.map(firstWords), alone.map(firstWords));
  t.ok(new Set(alone).size > 1);
});

t.test('more requests than slots all get their turn', async (t) => {
  const works = Array.from({ length: PARALLEL_LANES + 4 }, () => request('wait for your turn'));
  const generations = await Promise.all(works.map((work) => engine.generate(work, () => undefined)));
  t.ok(generations.every(({ completionTokens }) => completionTokens === 8));
});

/** A request that only the one wide slot holds, ended by `abort` after its first token at the latest. */
function wide(abort: AbortController): Promise<unknown> {
  const work = request('a long answer', { maxTokens: LANE_TOKENS, signal: abort.signal });
  return engine.generate(work, () => abort.abort(new Error('first token')));
}

t.test('requests too long for a lane take turns in the wide slot', async (t) => {
  const first = wide(new AbortController());
  const second = wide(new AbortController());
  t.equal(engine.processing, 2);
  await t.rejects(first, { message: 'first token' });
  await t.rejects(second, { message: 'first token' });
  t.equal(engine.processing, 0);
});

t.test('a request that is aborted while it waits ends without a token', async (t) => {
  const running = wide(new AbortController());
  const abort = new AbortController();
  const waiting = wide(abort);
  abort.abort(new Error('gone'));
  await t.rejects(waiting, { message: 'gone' });
  await t.rejects(running, { message: 'first token' });
  t.equal(engine.processing, 0);
});
