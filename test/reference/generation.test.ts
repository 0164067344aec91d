import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as llama from 'node-llama-cpp';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { ReferenceEngine } from '../../src/reference/engine.js';
import type { Generation, GenerationRequest } from '../../src/reference/generation.js';
import { ensureReferenceModel } from '../../src/reference/model-file.js';
import { NONE } from '../fixtures/none.js';
import { temporaryFolder } from '../fixtures/temporary-folder.js';

const logger = pino({ level: 'silent' });
const { path } = await ensureReferenceModel({ size: 'tiny', cacheDir: await temporaryFolder(t), logger });

async function loaded(t: Test, modelPath = path): Promise<ReferenceEngine> {
  const engine = await ReferenceEngine.load(llama, {
    modelPath,
    contextLength: 2048,
    flashAttention: false,
    threads: 1,
    device: 'cpu',
    logger,
  });
  t.teardown(() => engine.dispose());
  return engine;
}

const engine = await loaded(t);

function request(more: Partial<GenerationRequest>): GenerationRequest {
  const prompt = engine.tokenize('Explain how a clock works.');
  const { signal } = new AbortController();
  return { prompt, maxTokens: 32, temperature: 0, seed: 1, ignoreEos: false, cachePrompt: false, signal, ...more };
}

async function generated(more: Partial<GenerationRequest>, from = engine): Promise<Generation & { texts: string[] }> {
  const texts: string[] = [];
  return { ...(await from.generate(request(more), (text) => texts.push(text))), texts };
}

t.test('gives exactly as many tokens as asked for, each a plain word', async (t) => {
  const { texts, ...generation } = await generated({ maxTokens: 200 });
  t.match(generation, {
    finish: 'length',
    completionTokens: 200,
    cachedTokens: 0,
    promptTokens: request({}).prompt.length,
  });
  t.equal(texts.length, 200);
  t.same(
    texts.filter((text) => !/^ [a-z']+$/.test(text)),
    [],
  );
  t.ok(generation.promptMs > 0);
  t.ok(generation.predictedMs > 0);
});

t.test('the likeliest tokens are the same every time', async (t) => {
  t.same((await generated({})).texts, (await generated({})).texts);
});

t.test('a temperature draws other tokens, the same ones for the same seed', async (t) => {
  const { texts } = await generated({ temperature: 1.5, seed: 3 });
  t.same(texts, (await generated({ temperature: 1.5, seed: 3 })).texts);
  t.notSame(texts, (await generated({ temperature: 1.5, seed: 4 })).texts);
  t.notSame(texts, (await generated({ temperature: 0 })).texts);
});

t.test('a single token has no decode time', async (t) => {
  t.match(await generated({ maxTokens: 1 }), { completionTokens: 1, predictedMs: 0 });
});

t.test('a prompt of several pieces is evaluated whole', async (t) => {
  const word = engine.tokenize(' clock');
  const ending = engine.tokenize(' and then');
  const long = Array.from({ length: 1500 }, () => word).flat();
  const { promptTokens, texts } = await generated({ prompt: [...long, ...ending], maxTokens: 4 });
  t.equal(promptTokens, 1500 + ending.length);
  t.notSame(texts, (await generated({ prompt: ending, maxTokens: 4 })).texts, 'the earlier pieces count');
});

t.test('keeps a common beginning only for those who ask, and says how much', async (t) => {
  const shared = Array.from({ length: 300 }, () => engine.tokenize(' clock')).flat();
  const one = [...shared, ...engine.tokenize(' one')];
  const other = [...shared, ...engine.tokenize(' other words')];
  const cold = await generated({ prompt: other });
  t.equal(cold.cachedTokens, 0);
  t.equal((await generated({ prompt: one, cachePrompt: true })).cachedTokens, 0, 'the one before left nothing');
  const warm = await generated({ prompt: other, cachePrompt: true });
  t.equal(warm.cachedTokens, 300);
  t.same(warm.texts, cold.texts, 'what was kept is what would have been computed');
  t.equal((await generated({ prompt: other, cachePrompt: true })).cachedTokens, other.length - 1);
  t.equal((await generated({ prompt: other })).cachedTokens, 0);
});

t.test('stops at the next token once aborted', async (t) => {
  const abort = new AbortController();
  let tokens = 0;
  const running = engine.generate(request({ maxTokens: 1000, signal: abort.signal }), () => {
    tokens += 1;
    if (tokens === 3) abort.abort(new Error('enough'));
  });
  await t.rejects(running, { message: 'enough' });
  t.equal(tokens, 3);
});

/** The model with equal logits for every token, of which the first, declared to be the end token, is then taken. */
async function modelThatEnds(dir: string): Promise<string> {
  const bytes = await readFile(path);
  const info = await llama.readGgufFileInfo(path, { logWarnings: false });
  const output = info.fullTensorInfo?.find(({ name }) => name === 'output.weight');
  const begin = Number(output?.fileOffset);
  bytes.fill(0, begin, begin + (4608 * 256 * 34) / 32);
  const key = 'tokenizer.ggml.eos_token_id';
  bytes.writeUInt32LE(0, bytes.indexOf(key) + key.length + 4);
  const ending = join(dir, 'ends.gguf');
  await writeFile(ending, bytes);
  return ending;
}

t.test('ends at the end token, or goes on when it is to be ignored', async (t) => {
  const ending = await loaded(t, await modelThatEnds(t.testdir()));
  t.match(await generated({ maxTokens: 5 }, ending), { finish: 'stop', completionTokens: 0, texts: NONE });
  const { finish, completionTokens, texts } = await generated({ maxTokens: 5, ignoreEos: true }, ending);
  t.same({ finish, completionTokens }, { finish: 'length', completionTokens: 5 });
  t.ok(texts.every((text) => text !== ''));
});
