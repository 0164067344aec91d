import t from 'tap';
import type { TokenUsage } from '../../src/benchmark/client/chat-protocol.js';
import type { RequestTimings } from '../../src/benchmark/client/request-timings.js';
import type { InferenceServer } from '../../src/benchmark/inference-server.js';
import { countedTokens } from '../../src/benchmark/token-counts.js';
import { plainInferenceServer } from '../fixtures/plain-inference-server.js';

const unknown: TokenUsage = { promptTokens: undefined, completionTokens: undefined, cachedTokens: undefined };

function timings(usage: Partial<TokenUsage>, own?: Omit<NonNullable<RequestTimings['own']>, 'raw'>): RequestTimings {
  return {
    startMs: 0,
    tokenStampsMs: [1, 2, 3],
    firstAnswerMs: 1,
    isLocal: true,
    endMs: 4,
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
  return { asked, request: { server, model: 'fake-model', signal } };
}

t.test("takes the usage first, then the server's own count, then its tokenizer, then the chunks", async (t) => {
  const { asked, request } = counting();
  const own = { promptTokens: 21, completionTokens: 11 };
  t.same(await countedTokens(timings({ promptTokens: 20, completionTokens: 10 }, own), request), {
    promptTokens: 20,
    completionTokens: 10,
    source: 'server_usage',
  });
  t.same(await countedTokens(timings({}, own), request), {
    promptTokens: 21,
    completionTokens: 11,
    source: 'server_timings',
  });
  t.same(asked, [], 'the tokenizer is not asked for what is known');
  t.same(await countedTokens(timings({}), request), {
    promptTokens: undefined,
    completionTokens: 5,
    source: 'tokenizer',
  });
  t.same(asked, [['quiet rivers carry old stones', 'fake-model']], 'it counts the text that came');
  const without = counting({ countTokens: undefined });
  t.same(await countedTokens(timings({}), without.request), {
    promptTokens: undefined,
    completionTokens: 3,
    source: 'chunk_estimate',
  });
});

t.test('each count is looked for by itself', async (t) => {
  const { request } = counting();
  t.same(await countedTokens(timings({ promptTokens: 20 }, { completionTokens: 11 }), request), {
    promptTokens: 20,
    completionTokens: 11,
    source: 'server_timings',
  });
  t.same(await countedTokens(timings({ completionTokens: 10 }, { promptTokens: 21 }), request), {
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
