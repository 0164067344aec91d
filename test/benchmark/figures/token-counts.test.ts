import t from 'tap';
import type { TokenUsage } from '../../../src/benchmark/client/chat-protocol.js';
import type { RequestTimings } from '../../../src/benchmark/client/request-timings.js';
import { countedTokens } from '../../../src/benchmark/figures/token-counts.js';
import type { InferenceServer } from '../../../src/benchmark/inference-server.js';
import { plainInferenceServer } from '../../fixtures/plain-inference-server.js';

const unknown: TokenUsage = { promptTokens: undefined, completionTokens: undefined, cachedTokens: undefined };

function timings(usage: Partial<TokenUsage>, own?: Omit<NonNullable<RequestTimings['own']>, 'raw'>): RequestTimings {
  return {
    startMs: 0,
    chunks: [1, 2, 3].map((atMs) => ({ atMs, characters: 10 })),
    cutReads: 0,
    firstAnswerMs: 1,
    isLocal: true,
    endMs: 4,
    model: undefined,
    usage: { ...unknown, ...usage },
    own: own === undefined ? undefined : { raw: {}, ...own },
    text: 'quiet rivers carry old stones',
  };
}

function counting(overrides: Partial<InferenceServer> = {}) {
  const asked: unknown[] = [];
  const countTokens: InferenceServer['countTokens'] = async (text, model) => {
    asked.push([text, model]);
    return 5;
  };
  const server = plainInferenceServer('http://127.0.0.1:9', { countTokens, ...overrides });
  const { signal } = new AbortController();
  return { asked, request: { server, model: 'fake-model', prompt: 'Where do rivers go?', maxTokens: 16, signal } };
}

t.test("takes the usage first, then the server's own count, then its tokenizer, then the chunks", async (t) => {
  const { asked, request } = counting();
  const own = { promptTokens: 21, completionTokens: 11 };
  t.match(await countedTokens(timings({ promptTokens: 20, completionTokens: 10 }, own), request), {
    promptTokens: 20,
    completionTokens: 10,
    source: 'server_usage',
  });
  t.match(await countedTokens(timings({}, own), request), {
    promptTokens: 21,
    completionTokens: 11,
    source: 'server_timings',
  });
  t.same(asked, [], 'the tokenizer is not asked for what is known');
  t.match(await countedTokens(timings({}), request), {
    promptTokens: undefined,
    completionTokens: 5,
    source: 'tokenizer',
  });
  t.same(asked, [['quiet rivers carry old stones', 'fake-model']], 'it counts the text that came');
  const without = counting({ countTokens: undefined });
  t.match(await countedTokens(timings({}), without.request), {
    promptTokens: undefined,
    completionTokens: 3,
    source: 'chunk_estimate',
  });
});

t.test('each count is looked for by itself', async (t) => {
  const { request } = counting();
  t.match(await countedTokens(timings({ promptTokens: 20 }, { completionTokens: 11 }), request), {
    promptTokens: 20,
    completionTokens: 11,
    source: 'server_timings',
  });
  t.match(await countedTokens(timings({ completionTokens: 10 }, { promptTokens: 21 }), request), {
    promptTokens: 21,
    completionTokens: 10,
    source: 'server_usage',
  });
});

t.test('a count of 0 beside tokens that came is no count', async (t) => {
  const { request } = counting();
  t.match(await countedTokens(timings({ completionTokens: 0 }, { completionTokens: 0 }), request), {
    completionTokens: 5,
    source: 'tokenizer',
  });
});

t.test('a tokenizer that fails or says nothing leaves the estimate', async (t) => {
  const failing = counting({ countTokens: () => Promise.reject(new Error('no such route')) });
  t.match(await countedTokens(timings({}), failing.request), { completionTokens: 3, source: 'chunk_estimate' });
  const silent = counting({ countTokens: async () => 0 });
  t.match(await countedTokens(timings({}), silent.request), { completionTokens: 3, source: 'chunk_estimate' });
});

/** Chunks as long as tokens are. */
function chunked(count: number, usage: Partial<TokenUsage>, own?: Parameters<typeof timings>[1]): RequestTimings {
  const chunks = Array.from({ length: count }, (_, index) => ({ atMs: index, characters: 4 }));
  return { ...timings(usage, own), chunks };
}

t.test('a count of more than was asked for is passed over and told', async (t) => {
  const asked = { ...counting({ countTokens: undefined }).request, maxTokens: 64 };
  for (const completionTokens of [1e12, 640, 66]) {
    t.same(await countedTokens(chunked(64, { promptTokens: 20, completionTokens }), asked), {
      promptTokens: 20,
      toldPromptTokens: 20,
      completionTokens: 64,
      source: 'chunk_estimate',
      isImplausible: true,
    });
    t.match(await countedTokens(chunked(64, { completionTokens }, { completionTokens: 64 }), asked), {
      completionTokens: 64,
      source: 'server_timings',
      isImplausible: true,
    });
  }
  const withEnd = await countedTokens(chunked(64, { completionTokens: 65 }), asked);
  t.match(withEnd, { completionTokens: 65, source: 'server_usage', isImplausible: false }, 'an end token counts');
});

t.test('a count of fewer than came is passed over, where chunks are as long as tokens', async (t) => {
  const asked = { ...counting({ countTokens: async () => 63 }).request, maxTokens: 64 };
  const few = await countedTokens(chunked(64, { completionTokens: 20 }), asked);
  t.match(few, { completionTokens: 63, source: 'tokenizer', isImplausible: true });
  const letters = chunked(64, { completionTokens: 20 });
  const short = { ...letters, chunks: letters.chunks.map((chunk) => ({ ...chunk, characters: 1 })) };
  t.match(await countedTokens(short, asked), { completionTokens: 20, source: 'server_usage', isImplausible: false });
  const grouped = await countedTokens(chunked(16, { completionTokens: 64 }), asked);
  t.match(grouped, { completionTokens: 64, isImplausible: false }, 'four tokens a chunk');
});

t.test("a usage that its server's own count contradicts is passed over", async (t) => {
  const asked = { ...counting().request, maxTokens: 64 };
  const apart = await countedTokens(chunked(32, { completionTokens: 40 }, { completionTokens: 60 }), asked);
  t.match(apart, { completionTokens: 60, source: 'server_timings', isImplausible: true });
  const close = await countedTokens(chunked(32, { completionTokens: 60 }, { completionTokens: 61 }), asked);
  t.match(close, { completionTokens: 60, source: 'server_usage', isImplausible: false });
});

t.test('a prompt of no tokens, or of more than bytes were sent, is of unknown length', async (t) => {
  const { request } = counting();
  t.match(await countedTokens(timings({ promptTokens: 0, completionTokens: 3 }), request), {
    promptTokens: undefined,
    isImplausible: false,
  });
  t.match(await countedTokens(timings({ promptTokens: 1e12, completionTokens: 3 }), request), {
    promptTokens: undefined,
    isImplausible: true,
  });
  t.match(await countedTokens(timings({ promptTokens: 1e12, completionTokens: 3 }, { promptTokens: 31 }), request), {
    promptTokens: 31,
    isImplausible: true,
  });
});

t.test('a long prompt of a few tokens is of unknown length, and what was told of it is kept', async (t) => {
  const request = { ...counting().request, prompt: 'word '.repeat(8192) };
  t.match(await countedTokens(timings({ promptTokens: 30, completionTokens: 3 }), request), {
    promptTokens: undefined,
    toldPromptTokens: 30,
    isImplausible: true,
  });
  t.match(await countedTokens(timings({ promptTokens: 30, completionTokens: 3 }, { promptTokens: 8200 }), request), {
    promptTokens: 8200,
    isImplausible: true,
  });
  t.match(await countedTokens(timings({ promptTokens: 4096, completionTokens: 3 }), request), {
    promptTokens: 4096,
    isImplausible: false,
  });
});

t.test('a tokenizer that counts far more than was asked for is not believed', async (t) => {
  const { request } = counting({ countTokens: async () => 1e6 });
  t.match(await countedTokens(timings({}), request), { completionTokens: 3, source: 'chunk_estimate' });
});
