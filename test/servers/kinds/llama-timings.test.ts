import t from 'tap';
import { llamaExtras, llamaTimings } from '../../../src/servers/kinds/llama-timings.js';

// The object printed in ggml-org/llama.cpp tools/server/README.md.
const timings = {
  cache_n: 236,
  prompt_n: 1,
  prompt_ms: 30.958,
  prompt_per_token_ms: 30.958,
  prompt_per_second: 32.301828283480845,
  predicted_n: 35,
  predicted_ms: 661.064,
  predicted_per_token_ms: 18.887542857142858,
  predicted_per_second: 52.94494935437416,
};

t.test('reads counts and recomputes the decode speed without the first token', async (t) => {
  const own = llamaTimings([{ choices: [{ delta: { content: 'a' } }] }, { choices: [], timings }]);
  t.match(own, { promptTokens: 237, cachedTokens: 236, completionTokens: 35, raw: timings });
  t.equal(own?.decodeTps, 34 / 0.661064);
  t.equal(own?.prefillS, 0.030958);
  t.not(own?.decodeTps, timings.predicted_per_second);
});

t.test('without a cache count neither prompt nor cached tokens are known', async (t) => {
  const { cache_n: _, ...older } = timings;
  const own = llamaTimings([{ timings: older }]);
  t.equal(own?.promptTokens, undefined);
  t.equal(own?.cachedTokens, undefined);
  t.equal(own?.completionTokens, 35);
});

t.test('a count that is no whole number is unknown, the others are not', async (t) => {
  for (const none of [35.5, -1, '35']) {
    const own = llamaTimings([{ timings: { ...timings, predicted_n: none } }]);
    t.match(own, { promptTokens: 237, completionTokens: undefined, decodeTps: undefined }, String(none));
  }
});

t.test('one token has no decode speed', async (t) => {
  t.equal(llamaTimings([{ timings: { ...timings, predicted_n: 1 } }])?.decodeTps, undefined);
});

t.test('a stream without timings has none', async (t) => {
  t.equal(llamaTimings([{ choices: [] }, { usage: { completion_tokens: 3 } }]), undefined);
  t.equal(llamaTimings([{ timings: 'none' }]), undefined);
});

t.test('the extras bypass the cache and force the length', async (t) => {
  t.same(llamaExtras(), { cache_prompt: false, ignore_eos: true });
});

t.test('tells how many tokens were proposed and taken, where it speculates', async (t) => {
  const own = llamaTimings([{ timings: { ...timings, draft_n: 47, draft_n_accepted: 31 } }]);
  t.match(own, { draftTokens: 47, draftTokensAccepted: 31, raw: { draft_n: 47 } });
  t.match(llamaTimings([{ timings }]), { draftTokens: undefined, draftTokensAccepted: undefined });
});
