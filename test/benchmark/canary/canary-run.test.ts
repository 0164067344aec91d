import t, { type Test } from 'tap';
import { AnsweringModel } from '../../../src/benchmark/answering-model.js';
import type { BenchmarkEvent } from '../../../src/benchmark/benchmark-event.js';
import { sha256Of } from '../../../src/benchmark/canary/canary-answer.js';
import { CANARY_PROMPT } from '../../../src/benchmark/canary/canary-prompt.js';
import { runCanary } from '../../../src/benchmark/canary/canary-run.js';
import type { ChatProtocol } from '../../../src/benchmark/client/chat-protocol.js';
import { openAiChat } from '../../../src/benchmark/client/openai-chat.js';
import type { BusyState, InferenceServer } from '../../../src/benchmark/inference-server.js';
import type { BenchmarkTest } from '../../../src/benchmark/plan.js';
import { PromptSizer } from '../../../src/benchmark/prompt-sizer.js';
import { builtInPrompts } from '../../../src/benchmark/prompts.js';
import type { TestResult } from '../../../src/benchmark/result.js';
import type { FakeLlmOptions } from '../../fixtures/fake-llm/options.js';
import { startFakeLlmServer } from '../../fixtures/fake-llm-server.js';
import { NONE } from '../../fixtures/none.js';
import { plainInferenceServer } from '../../fixtures/plain-inference-server.js';
import { countedNonces, promptOf } from '../../fixtures/running-test.js';

const canary: BenchmarkTest = {
  testId: 'canary',
  name: 'Output canary',
  category: 'canary',
  ctxSize: 2048,
  maxTokens: 8,
  nRuns: 2,
  concurrency: 1,
  prompt: { kind: 'verbatim', text: CANARY_PROMPT },
  timeoutMs: 60_000,
};
const usual = 'quiet rivers carry old stones towards the sea ';
const withoutCache = () => ({ cache_prompt: false });

/** The words of the answers with these numbers (from 1) are in capitals from their token `from` on. */
function alteringChat(altered: readonly number[], from: number): ChatProtocol {
  let [answer, token] = [0, 0];
  return {
    ...openAiChat,
    cutter: () => {
      answer += 1;
      token = 0;
      return openAiChat.cutter();
    },
    reader: () => {
      const read = openAiChat.reader();
      return (event) => {
        const said = read(event);
        if (said.kind !== 'chunk' || said.answer === '') return said;
        token += 1;
        return altered.includes(answer) && token > from ? { ...said, answer: said.answer.toUpperCase() } : said;
      };
    },
  };
}

interface Ran {
  readonly result: TestResult;
  readonly asked: readonly Readonly<Record<string, unknown>>[];
  readonly prompts: readonly string[];
  readonly events: readonly BenchmarkEvent[];
}

async function ran(
  t: Test,
  {
    test = {},
    server = {},
    fake: options = {},
  }: {
    readonly test?: Partial<BenchmarkTest>;
    readonly server?: Partial<InferenceServer>;
    readonly fake?: FakeLlmOptions;
  } = {},
): Promise<Ran> {
  const fake = await startFakeLlmServer({ ttftMs: 0, tokenGapMs: 0, ...options });
  t.teardown(() => fake.close());
  const asked = plainInferenceServer(fake.url, { requestExtras: withoutCache, ...server });
  const events: BenchmarkEvent[] = [];
  const result = await runCanary(
    { ...canary, ...test },
    {
      server: asked,
      model: 'fake-model',
      prompts: builtInPrompts,
      answering: new AnsweringModel(),
      sizer: new PromptSizer(asked, 'fake-model'),
      newNonce: countedNonces(),
      signal: new AbortController().signal,
      emit: (event) => events.push(event),
    },
  );
  const requests = fake.chatRequests;
  const bodies = requests.map(({ body }) => body as Readonly<Record<string, unknown>>);
  return { result, asked: bodies, prompts: requests.map(promptOf), events };
}

t.test(
  'the fixed question is asked twice as it stands, at temperature 0, with a seed and without a cache',
  async (t) => {
    const { result, asked, prompts, events } = await ran(t);
    t.same(prompts, [CANARY_PROMPT, CANARY_PROMPT]);
    for (const body of asked) t.match(body, { temperature: 0, seed: 42, max_tokens: 8, cache_prompt: false });
    t.same(result.canary, {
      deterministic: true,
      sha256: sha256Of(usual),
      text: usual,
      diverges_at_token: null,
      other_text: null,
      logprobs: null,
      logprob_limit: null,
      logprob_shift: null,
      server_in_use: false,
      verdict: 'pending',
      reference: null,
      changes: [],
    });
    t.equal(result.canary_match, null, 'it is held against nothing yet');
    t.same(
      events.flatMap((event) => (event.type === 'run_finished' ? [[event.run, event.warmup]] : [])),
      [
        [1, false],
        [2, false],
      ],
    );
  },
);

t.test('its requests are counted and make no speed', async (t) => {
  const { result } = await ran(t);
  t.match(result, {
    n_runs: 2,
    successful_runs: 2,
    completion_tokens: 8,
    avg_tps: null,
    best_tps: null,
    avg_ttft_s: null,
    avg_prefill_tps: null,
    itl_p50_s: null,
  });
  for (const run of result.runs)
    t.match(run, { success: true, tps: null, ttft_s: null, prefill_tps: null, decode_s: null });
});

t.test('two different answers: the server is not deterministic, with the first token that differs', async (t) => {
  const { result, asked } = await ran(t, {
    test: { expectedSha256: sha256Of('something else') },
    server: { chat: alteringChat([2], 5) },
  });
  t.equal(asked.length, 2, 'nothing is left to be confirmed');
  t.match(result.canary, {
    deterministic: false,
    verdict: 'not_deterministic',
    diverges_at_token: 5,
    text: usual,
    other_text: 'quiet rivers carry old stones TOWARDS THE SEA ',
  });
});

t.test('chunks that are no tokens do not tell where answers part', async (t) => {
  const { result } = await ran(t, { server: { chat: alteringChat([2], 1) }, fake: { tokensPerChunk: 4 } });
  t.match(result.canary, { deterministic: false, diverges_at_token: null });
});

t.test('the expected answer needs no third request, and nobody is asked whether the server is in use', async (t) => {
  let looks = 0;
  const busy = async (): Promise<BusyState> => {
    looks += 1;
    return { state: 'busy', detail: 'somebody' };
  };
  const { result, asked } = await ran(t, { test: { expectedSha256: sha256Of(usual) }, server: { busy } });
  t.equal(asked.length, 2);
  t.equal(looks, 0);
  t.match(result.canary, { verdict: 'pending', server_in_use: false });
});

t.test('another answer than the expected one must come five times before it is told', async (t) => {
  const { result, asked } = await ran(t, { test: { expectedSha256: sha256Of('as ever') } });
  t.equal(asked.length, 5);
  t.equal(result.n_runs, 5);
  t.match(result.canary, { deterministic: true, sha256: sha256Of(usual) });
});

t.test('one that does not come again is none', async (t) => {
  const { result, asked } = await ran(t, {
    test: { expectedSha256: sha256Of(usual) },
    server: { chat: alteringChat([1, 2], 3) },
  });
  t.equal(asked.length, 3);
  t.match(result.canary, { verdict: 'not_deterministic', diverges_at_token: 3, other_text: usual });
});

t.test('another answer counts for nothing while the server works for somebody else', async (t) => {
  const busy = async (): Promise<BusyState> => ({ state: 'busy', detail: '1 request in progress' });
  const other = await ran(t, { test: { expectedSha256: sha256Of('as ever') }, server: { busy } });
  t.match(other.result.canary, { verdict: 'server_in_use', server_in_use: true });
  const first = await ran(t, { server: { busy } });
  t.match(first.result.canary, { verdict: 'server_in_use' }, 'nor does it become what later ones are held against');
});

t.test('a server that cannot tell whether it is in use is believed', async (t) => {
  const busy = async (): Promise<BusyState> => {
    throw new Error('no such route');
  };
  const { result } = await ran(t, { server: { busy } });
  t.match(result.canary, { verdict: 'pending', server_in_use: false });
});

t.test('where the cache cannot be left, all answers that count come from it', async (t) => {
  const { result, asked } = await ran(t, {
    server: { requestExtras: () => ({}) },
    fake: { prefixCache: true, reportsCachedTokens: true },
  });
  t.same(
    asked.map((body) => body['max_tokens']),
    [1, 8, 8],
  );
  t.equal(result.runs.length, 2, 'the first one is thrown away');
  for (const run of result.runs) t.ok(run.success && (run.cached_tokens ?? 0) > 0);
});

t.test('a request that fails leaves nothing to compare', async (t) => {
  const { result } = await ran(t, { fake: { faults: [null, { kind: 'status', status: 500, body: 'empty' }] } });
  t.equal(result.canary, null);
  t.match(result, { successful_runs: 1, error: null, findings: [{ code: 'runs_lost' }] });
  const failed = await ran(t, { fake: { fault: { kind: 'status', status: 500, body: 'empty' } } });
  t.match(failed.result, { canary: null, successful_runs: 0, error: 'http_error' });
  t.equal(failed.asked.length, 1);
});

const likely = [-5.567764759063721, -5.208803176879883, -5.135129451751709, -4.9983296394348145];
const likelyKept = [-5.567765, -5.208803, -5.135129, -4.99833];
const telling = { tellsProbabilities: true } as const;

t.test('a server that tells how likely each token was is asked for it, and they are kept', async (t) => {
  const { result, asked } = await ran(t, {
    server: telling,
    fake: { logprobs: likely },
    test: { leastLogprobLimit: 1e-5 },
  });
  for (const body of asked) t.match(body, { logprobs: true, top_logprobs: 1, cache_prompt: false });
  t.match(result.canary, {
    logprobs: [...likelyKept, ...likelyKept],
    logprob_limit: 1e-5,
    logprob_shift: null,
    verdict: 'pending',
  });
});

t.test('one that is not known to tell them is not asked', async (t) => {
  const { result, asked } = await ran(t, { fake: { logprobs: likely } });
  for (const body of asked) t.notOk('logprobs' in body);
  t.match(result.canary, { logprobs: null, logprob_limit: null });
});

t.test('one that refuses to tell them is asked once, and keeps its canary', async (t) => {
  const words = { error: { code: 400, message: 'logprobs is not supported', type: 'invalid_request_error' } };
  const { result, asked } = await ran(t, {
    server: telling,
    fake: {
      faultFor: ({ body }) =>
        (body as Readonly<Record<string, unknown>>)['logprobs'] === true
          ? { kind: 'status', status: 400, body: 'json', json: words }
          : undefined,
    },
  });
  t.same(
    asked.map((body) => 'logprobs' in body),
    [true, false, false],
  );
  t.match(result, { successful_runs: 2, error: null, findings: NONE });
  t.match(result.canary, { text: usual, logprobs: null, verdict: 'pending' });
});

t.test('a fault that has nothing to do with them is not tried again', async (t) => {
  const { result, asked } = await ran(t, {
    server: telling,
    fake: { fault: { kind: 'status', status: 401, body: 'empty' } },
  });
  t.equal(asked.length, 1);
  t.match(result, { error: 'unauthorized', canary: null });
});

t.test('the same words with other probabilities must come five times before they are told', async (t) => {
  const expected = { expectedSha256: sha256Of(usual), leastLogprobLimit: 1e-5 };
  const known = { values: [...likelyKept, ...likelyKept], limit: 1e-5 };
  const same = await ran(t, {
    server: telling,
    fake: { logprobs: likely },
    test: { ...expected, expectedLogprobs: known },
  });
  t.equal(same.asked.length, 2);
  const moved = { server: telling, fake: { logprobs: likely.map((value) => value + 0.0001) } };
  const other = await ran(t, { ...moved, test: { ...expected, expectedLogprobs: known } });
  t.equal(other.asked.length, 5);
  t.match(other.result.canary, { deterministic: true, verdict: 'pending' });
  const busy = async (): Promise<BusyState> => ({ state: 'busy', detail: '1 request in progress' });
  const inUse = await ran(t, {
    ...moved,
    server: { ...telling, busy },
    test: { ...expected, expectedLogprobs: known },
  });
  t.match(inUse.result.canary, { verdict: 'server_in_use' });
  const coarse = await ran(t, { ...moved, test: { ...expected, expectedLogprobs: { ...known, limit: 0.25 } } });
  t.equal(coarse.asked.length, 2, 'as far as they may move');
});
