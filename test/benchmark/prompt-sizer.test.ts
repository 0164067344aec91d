import t from 'tap';
import type { InferenceServer } from '../../src/benchmark/inference-server.js';
import { PromptSizer } from '../../src/benchmark/prompt-sizer.js';
import { fillingPrompt } from '../../src/benchmark/prompts.js';
import { plainInferenceServer } from '../fixtures/plain-inference-server.js';
import { seededRandom, seeds } from '../fixtures/seeded-random.js';

/** How some model counts: tokens per word of average length, and its chat template. */
interface Counting {
  readonly tokensPerWord: number;
  readonly templateTokens: number;
}

/** Longer words cost more; the nonce's digits cost one each two. */
function tokensOf(text: string, { tokensPerWord }: Counting): number {
  const words = text.split(/\s+/).slice(1);
  return 8 + Math.round(words.reduce((sum, word) => sum + (tokensPerWord * word.length) / 5, 0));
}

function promptTokens(words: number, counting: Counting): number {
  return counting.templateTokens + tokensOf(fillingPrompt('a1b2c3d4e5f60718', words), counting);
}

function withTokenizer(counting: Counting) {
  let asked = 0;
  const server = plainInferenceServer('http://127.0.0.1:9', {
    countTokens: async (text) => {
      asked += 1;
      return tokensOf(text, counting);
    },
  });
  return { sizer: new PromptSizer(server, 'fake-model'), asked: () => asked };
}

function withoutTokenizer(): PromptSizer {
  return new PromptSizer(plainInferenceServer('http://127.0.0.1:9'), 'fake-model');
}

const { signal } = new AbortController();
const sizes = [2048, 4096, 8192, 16_384, 32_768];
const counting: Counting = { tokensPerWord: 1.3, templateTokens: 31 };

t.test(
  'by the tokenizer a prompt is at most 0.5 % short of its target, template included, and never longer',
  async (t) => {
    for (const seed of seeds.slice(0, 12)) {
      const random = seededRandom(seed);
      const model: Counting = { tokensPerWord: 0.8 + 4 * random(), templateTokens: Math.floor(200 * random()) };
      const { sizer, asked } = withTokenizer(model);
      await sizer.observe(16, promptTokens(16, model), signal);
      for (const size of sizes.slice(0, 3)) {
        const before = asked();
        const tokens = promptTokens(await sizer.wordsFor(size, signal), model);
        t.ok(tokens <= size && tokens >= 0.995 * size, `${tokens} of ${size}, seed ${seed}`);
        t.ok(asked() - before <= 5, 'in few questions');
      }
    }
  },
);

t.test('what was counted is not asked again: the runs of a test are sized alike', async (t) => {
  const { sizer, asked } = withTokenizer(counting);
  await sizer.observe(16, promptTokens(16, counting), signal);
  for (const size of sizes) {
    const before = asked();
    const words = await sizer.wordsFor(size, signal);
    t.ok(asked() - before <= 2, `${asked() - before} questions for ${size} tokens`);
    await sizer.observe(words, promptTokens(words, counting), signal);
    const known = asked();
    t.equal(await sizer.wordsFor(size, signal), words);
    t.equal(asked(), known);
  }
});

t.test('what was asked ahead is known when it is needed, and fits as well', async (t) => {
  const ahead = withTokenizer(counting);
  await ahead.sizer.askAhead([16], sizes, signal);
  const known = ahead.asked();
  await ahead.sizer.observe(16, promptTokens(16, counting), signal);
  t.equal(ahead.asked(), known, 'the short prompt was counted');
  for (const size of sizes) {
    const before = ahead.asked();
    const tokens = promptTokens(await ahead.sizer.wordsFor(size, signal), counting);
    t.ok(tokens <= size && tokens >= 0.995 * size, `${tokens} of ${size}`);
    // The template may have put a small one out of its bounds.
    t.ok(ahead.asked() - before <= 1, `${ahead.asked() - before} more questions for ${size} tokens`);
  }
});

t.test('a tokenizer that fails when it is asked ahead is asked again', async (t) => {
  let isLoading = true;
  const server = plainInferenceServer('http://127.0.0.1:9', {
    countTokens: async (text) => {
      if (isLoading) throw new Error('Loading model');
      return tokensOf(text, counting);
    },
  });
  const sizer = new PromptSizer(server, 'fake-model');
  await sizer.askAhead([16], [2048], signal);
  isLoading = false;
  await sizer.observe(16, promptTokens(16, counting), signal);
  const tokens = promptTokens(await sizer.wordsFor(2048, signal), counting);
  t.ok(tokens <= 2048 && tokens >= 0.995 * 2048, `${tokens}`);
  t.ok(sizer.hasTokenizer);
});

t.test('the template is learnt from what a request cost beyond its text', async (t) => {
  const model: Counting = { tokensPerWord: 1.3, templateTokens: 400 };
  const { sizer } = withTokenizer(model);
  t.ok(sizer.hasTokenizer);
  const blind = promptTokens(await sizer.wordsFor(2048, signal), model);
  t.ok(blind > 2048 + 300, 'nothing is known of it at first');
  await sizer.observe(16, promptTokens(16, model), signal);
  t.ok(promptTokens(await sizer.wordsFor(2048, signal), model) <= 2048);
});

t.test(
  'without a tokenizer: never longer than its target, at most 3.5 % short at first and 1 % after that',
  async (t) => {
    for (const seed of seeds.slice(0, 12)) {
      const random = seededRandom(seed);
      const model: Counting = { tokensPerWord: 0.8 + 4 * random(), templateTokens: Math.floor(200 * random()) };
      const sizer = withoutTokenizer();
      t.notOk(sizer.hasTokenizer);
      for (const words of [16, 512]) await sizer.observe(words, promptTokens(words, model), signal);
      for (const size of sizes.slice(0, 4)) {
        for (const least of [0.965, 0.99]) {
          const words = await sizer.wordsFor(size, signal);
          const tokens = promptTokens(words, model);
          t.ok(tokens <= size && tokens >= least * size, `${tokens} of ${size}, seed ${seed}`);
          await sizer.observe(words, tokens, signal);
        }
      }
    }
  },
);

t.test('a first guess without any request is of the right order', async (t) => {
  const tokens = promptTokens(await withoutTokenizer().wordsFor(2048, signal), {
    tokensPerWord: 1.1,
    templateTokens: 20,
  });
  t.ok(Math.abs(tokens / 2048 - 1) < 0.15, `${tokens}`);
});

t.test('a tokenizer that fails, or that fails midway, leaves the estimate', async (t) => {
  let left = 2;
  const failing: InferenceServer['countTokens'] = async (text) => {
    if (left === 0) throw new Error('the server has no such route');
    left -= 1;
    return tokensOf(text, counting);
  };
  const sizer = new PromptSizer(plainInferenceServer('http://127.0.0.1:9', { countTokens: failing }), 'fake-model');
  const plain = withoutTokenizer();
  for (const learner of [sizer, plain]) {
    for (const words of [16, 1500]) await learner.observe(words, promptTokens(words, counting), signal);
  }
  t.equal(await sizer.wordsFor(4096, signal), await plain.wordsFor(4096, signal));
});

t.test('a tokenizer that does not count sizes nothing', async (t) => {
  for (const answer of [0, 3, Number.NaN]) {
    const server = plainInferenceServer('http://127.0.0.1:9', { countTokens: async () => answer });
    const sizer = new PromptSizer(server, 'fake-model');
    await sizer.observe(16, promptTokens(16, counting), signal);
    const words = await sizer.wordsFor(8192, signal);
    t.ok(words > 5000 && words < 10_000, `${words} words though it answers ${answer}`);
  }
});

t.test('a server that cuts prompts off does not make the next ones grow without bound', async (t) => {
  const contextLength = 4096;
  const sizer = withoutTokenizer();
  for (const size of [16, ...sizes, ...sizes]) {
    const words = size === 16 ? 16 : await sizer.wordsFor(size, signal);
    t.ok(Number.isSafeInteger(words) && words >= 1 && words <= 3 * size, `${words} words for ${size} tokens`);
    await sizer.observe(words, Math.min(contextLength, promptTokens(words, counting)), signal);
  }
});

t.test('a server that always tells the same length, even 0, teaches nothing', async (t) => {
  for (const told of [0, 5, 2048]) {
    const sizer = withoutTokenizer();
    for (const words of [16, 1700, 3400]) await sizer.observe(words, told, signal);
    const words = await sizer.wordsFor(8192, signal);
    t.ok(Number.isSafeInteger(words) && words >= 1 && words <= 3 * 8192, `${words} words where it tells ${told}`);
  }
});

t.test('a size smaller than the template still has a word', async (t) => {
  const sizer = withoutTokenizer();
  await sizer.observe(16, 500, signal);
  t.equal(await sizer.wordsFor(100, signal), 1);
});

t.test('cancelling reaches the tokenizer and rejects', async (t) => {
  const cancel = new AbortController();
  const server = plainInferenceServer('http://127.0.0.1:9', {
    countTokens: (_text, _model, stop) =>
      new Promise((_resolve, reject) => {
        stop.addEventListener('abort', () => reject(stop.reason));
        cancel.abort(new Error('enough'));
      }),
  });
  const sizer = new PromptSizer(server, 'fake-model');
  await t.rejects(sizer.wordsFor(2048, cancel.signal), { message: 'enough' });
});

t.test(
  'what a prompt costs is known from the tokenizer, else from two requests of quite different sizes',
  async (t) => {
    const within = (known: number | undefined, words: number, share: number) =>
      Math.abs((known ?? Number.NaN) / promptTokens(words, counting) - 1) <= share;
    const { sizer } = withTokenizer(counting);
    const words = await sizer.wordsFor(2048, signal);
    t.equal(sizer.tokensOf(words), undefined, 'the template is unknown before the first request');
    await sizer.observe(16, promptTokens(16, counting), signal);
    t.ok(within(sizer.tokensOf(words), words, 0.001));

    const learning = withoutTokenizer();
    t.equal(learning.tokensOf(1000), undefined);
    await learning.observe(512, promptTokens(512, counting), signal);
    t.equal(learning.tokensOf(1000), undefined, 'a single request gives no line');
    t.equal(learning.tokensOf(512), promptTokens(512, counting));
    await learning.observe(16, promptTokens(16, counting), signal);
    for (const size of [1000, 6000, 50_000]) t.ok(within(learning.tokensOf(size), size, 0.02), `${size} words`);
  },
);
