import t from 'tap';
import type { RequestTimings } from '../../../src/benchmark/client/request-timings.js';
import { runMetrics } from '../../../src/benchmark/figures/run-metrics.js';
import type { TokenCounts } from '../../../src/benchmark/figures/token-counts.js';
import { NONE } from '../../fixtures/none.js';
import { seededRandom, seeds } from '../../fixtures/seeded-random.js';

/** Stamps in milliseconds from an arbitrary zero, as the machine's clock has one. */
const ZERO = 5_000_000;

interface Stamps {
  readonly tokens: readonly number[];
  readonly end: number;
  readonly answer?: number | undefined;
  readonly cached?: number | undefined;
  readonly own?: RequestTimings['own'];
}

function timings({ tokens, end, answer, cached, own }: Stamps): RequestTimings {
  return {
    startMs: ZERO,
    chunks: tokens.map((ms) => ({ atMs: ZERO + ms, characters: 4 })),
    cutReads: 0,
    firstAnswerMs: answer === undefined ? undefined : ZERO + answer,
    isLocal: true,
    endMs: ZERO + end,
    model: undefined,
    usage: { promptTokens: undefined, completionTokens: undefined, cachedTokens: cached },
    own,
    text: '',
  };
}

function counts(completionTokens: number, promptTokens: number | undefined = 50): TokenCounts {
  return { promptTokens, completionTokens, source: 'server_usage', isImplausible: false };
}

const near = (value: number | null, expected: number): boolean => value !== null && Math.abs(value - expected) < 1e-9;

t.test('derives every figure from stamps and counts by its definition', async (t) => {
  // First token after 200 ms, four more 25 ms apart, the stream's end 10 ms after the last.
  const run = runMetrics(timings({ tokens: [200, 225, 250, 275, 300], end: 310, answer: 250 }), counts(5), {
    maxTokens: 5,
    promptTargetTokens: undefined,
  });
  t.ok(near(run.ttft_s, 0.2), 't_first - t_start');
  t.ok(near(run.ttft_answer_s, 0.25), 'to the first token that is no reasoning');
  t.ok(near(run.tps, 40), '(5 - 1) / 0.1 s');
  t.ok(near(run.decode_s, 0.1), 't_last - t_first');
  t.ok(near(run.elapsed_s, 0.31), 'to the end of the stream');
  t.ok(near(run.tpot_s, (0.31 - 0.2) / 4), '(elapsed - ttft) / (n - 1)');
  t.ok(near(run.prefill_tps, 250), '50 tokens / 0.2 s');
  t.ok(near(run.itl_p50_s, 0.025));
  t.match(run, {
    success: true,
    prompt_tokens: 50,
    completion_tokens: 5,
    token_count_source: 'server_usage',
  });
  t.same(run.flags, []);
  t.equal(run.server_timings, null);
  t.equal(run.cached_tokens, null, 'a count that the server did not tell is unknown, not 0');
});

t.test('decode speed counts tokens, not chunks, and none that came with the first', async (t) => {
  const run = runMetrics(timings({ tokens: [100, 200, 300], end: 300 }), counts(18), expecting(18));
  t.ok(near(run.tps, 60), '12 of 18 tokens in 0.2 s, though three chunks came');
  t.ok(near(run.decode_s, 17 / 60), 'what 17 tokens take at that speed');
  t.same([run.itl_p50_s, run.itl_p95_s, run.itl_p99_s], [null, null, null], 'a gap between chunks is none of tokens');
});

t.test('a decode speed is unknown for one token and for two in one read', async (t) => {
  const one = runMetrics(timings({ tokens: [100], end: 120 }), counts(1), expecting(1));
  t.match({ ...one }, { tps: null, decode_s: null, tpot_s: null, itl_p50_s: null });
  t.ok(near(one.ttft_s, 0.1));
  const together = runMetrics(timings({ tokens: [100, 100, 100], end: 120 }), counts(3), expecting(3));
  const unknown = { tps: null, tps_source: null, decode_s: null, ttft_s: null, tpot_s: null, prefill_tps: null };
  t.match({ ...together }, { ...unknown, flags: ['arrivals_clumped'] });
});

t.test('latencies between tokens are told only where chunks are tokens, within 2 %', async (t) => {
  const stamps = (chunks: number) => Array.from({ length: chunks }, (_, index) => 100 + 10 * index);
  const itl = (chunks: number, tokens: number) =>
    runMetrics(timings({ tokens: stamps(chunks), end: 9000 }), counts(tokens), expecting(tokens)).itl_p50_s;
  t.ok(near(itl(100, 100), 0.01));
  t.ok(near(itl(98, 100), 0.01));
  t.ok(near(itl(102, 100), 0.01));
  t.equal(itl(97, 100), null);
  t.equal(itl(103, 100), null);
  const estimate = { ...counts(100), source: 'chunk_estimate' as const };
  const estimated = runMetrics(timings({ tokens: stamps(100), end: 9000 }), estimate, expecting(100));
  t.equal(estimated.itl_p50_s, null, 'nobody knows whether these chunks are tokens');
  t.same(estimated.flags, ['chunk_estimate']);
});

t.test('latencies are quantiles of the gaps', async (t) => {
  // 99 gaps: 1 to 99 ms, short and long ones in turns.
  const gaps = Array.from({ length: 99 }, (_, index) => 1 + ((index * 50 + 49) % 99));
  const tokens = [0, ...gaps.map((_, index) => gaps.slice(0, index + 1).reduce((sum, gap) => sum + gap, 0))];
  const run = runMetrics(timings({ tokens, end: 5000 }), counts(100), expecting(100));
  t.ok(near(run.itl_p50_s, 0.05));
  t.ok(near(run.itl_p95_s, 0.0941));
  t.ok(near(run.itl_p99_s, 0.09802));
});

t.test('a cached prompt gives no time to the first token and no prefill speed, and is flagged', async (t) => {
  const run = (cached: number, prompt: number | undefined) => {
    const counted: TokenCounts = {
      promptTokens: prompt,
      completionTokens: 2,
      source: 'server_usage',
      isImplausible: false,
    };
    return runMetrics(timings({ tokens: [10, 20], end: 20, answer: 10, cached }), counted, expecting(2));
  };
  t.match(
    { ...run(21, 2000) },
    {
      ttft_s: null,
      ttft_answer_s: null,
      prefill_tps: null,
      cached_tokens: 21,
      flags: ['cached_prompt'],
    },
  );
  t.ok(near(run(21, 2000).tps, 100), 'the decode speed stays');
  t.same(run(20, 2000).flags, []);
  t.ok(near(run(20, 2000).ttft_s, 0.01), '1 % of the prompt is allowed');
  t.equal(run(0, 2000).cached_tokens, 0);
  t.same(run(16, 40).flags, [], 'the first tokens of a template are always alike');
  t.same(run(17, 40).flags, ['cached_prompt']);
  t.same(run(17, undefined).flags, ['cached_prompt'], 'of a prompt of unknown length any share may be cached');
});

t.test("cached tokens are the usage's, else the server's own", async (t) => {
  const own = { raw: { cache_n: 900 }, cachedTokens: 900 };
  const stamps = { tokens: [10, 20], end: 20, own };
  t.match(runMetrics(timings(stamps), counts(2, 1000), expecting(2)), { cached_tokens: 900, flags: ['cached_prompt'] });
  const told = runMetrics(timings({ ...stamps, cached: 0 }), counts(2, 1000), expecting(2));
  t.equal(told.cached_tokens, 0);
  t.same(told.flags, []);
});

t.test('a prompt without a known length has no prefill speed', async (t) => {
  const counted: TokenCounts = {
    promptTokens: undefined,
    completionTokens: 2,
    source: 'chunk_estimate',
    isImplausible: false,
  };
  const run = runMetrics(timings({ tokens: [10, 20], end: 20 }), counted, expecting(2));
  t.match({ ...run }, { prefill_tps: null, prompt_tokens: null });
  t.ok(near(run.ttft_s, 0.01));
});

t.test("a gap of more than 5 % between the server's decode speed and ours is a finding", async (t) => {
  const flags = (decodeTps: number | undefined) =>
    runMetrics(timings({ tokens: [0, 100], end: 100, own: { raw: {}, decodeTps } }), counts(2), expecting(2)).flags;
  // Ours is 10 tokens/s.
  t.same(flags(10.4), []);
  t.same(flags(9.6), []);
  t.same(flags(10.6), ['client_gap']);
  t.same(flags(9.4), ['client_gap']);
  t.same(flags(undefined), []);
});

t.test("keeps the server's figures as received, beside ours", async (t) => {
  const raw = { predicted_per_second: 83.4, prompt_time: 'Indeterminate' };
  t.same(runMetrics(timings({ tokens: [1, 2], end: 3, own: { raw } }), counts(2), expecting(2)).server_timings, raw);
});

t.test('a prompt or an output that missed its length by more than 2 % is flagged', async (t) => {
  const flags = (prompt: number, completion: number, target: number | undefined) =>
    runMetrics(timings({ tokens: evenly(completion), end: 9000 }), counts(completion, prompt), {
      maxTokens: 256,
      promptTargetTokens: target,
    }).flags;
  t.same(flags(2048, 256, 2048), []);
  t.same(flags(2008, 256, 2048), []);
  t.same(flags(2088, 256, 2048), []);
  t.same(flags(2007, 256, 2048), ['prompt_off_target']);
  t.same(flags(2089, 256, 2048), ['prompt_off_target']);
  t.same(flags(38, 256, undefined), [], 'a fixed prompt has no target');
  t.same(flags(2048, 255, 2048), ['output_off_target']);
  t.same(flags(1000, 12, 2048), ['prompt_off_target', 'output_off_target']);
});

t.test('a known schedule comes back whatever its times', async (t) => {
  for (const seed of seeds) {
    const random = seededRandom(seed);
    const n = 2 + Math.floor(random() * 500);
    const ttft = 1 + random() * 30_000;
    const gap = 0.5 + random() * 300;
    const tail = random() * 50;
    const stamps = Array.from({ length: n }, (_, index) => ttft + gap * index);
    const end = ttft + gap * (n - 1) + tail;
    const run = runMetrics(timings({ tokens: stamps, end }), counts(n, 1000), expecting(n));
    const shares = {
      ttft: (run.ttft_s ?? Number.NaN) / (ttft / 1000),
      tps: (run.tps ?? Number.NaN) / (1000 / gap),
      prefill: (run.prefill_tps ?? Number.NaN) / (1_000_000 / ttft),
      itl: (run.itl_p99_s ?? Number.NaN) / (gap / 1000),
      tpot: (run.tpot_s ?? Number.NaN) / ((gap * (n - 1) + tail) / (n - 1) / 1000),
    };
    for (const [figure, share] of Object.entries(shares)) t.ok(Math.abs(share - 1) < 1e-5, `${figure}, seed ${seed}`);
  }
});

/** Stamps of so many tokens, 10 ms apart. */
function evenly(tokens: number): number[] {
  return Array.from({ length: tokens }, (_, index) => 100 + 10 * index);
}

t.test('where arrivals tell nothing, what the server tells of itself stands', async (t) => {
  const own = { raw: {}, decodeTps: 50, prefillS: 0.2 };
  const burst = { tokens: evenly(64).map((_, index) => 1500 + 0.01 * index), end: 1502, answer: 1500 };
  const told = runMetrics(timings({ ...burst, own }), counts(64), expecting(64));
  t.match({ ...told }, { tps: 50, tps_source: 'server', ttft_s: 0.2, prefill_tps: 250, flags: ['arrivals_clumped'] });
  t.ok(near(told.decode_s, 63 / 50));
  t.ok(near(told.tpot_s, (1.502 - 0.2) / 63));
  t.equal(told.ttft_answer_s, null, 'nobody tells when the answer began');
  const silent = runMetrics(timings(burst), counts(64), expecting(64));
  const unknown = { tps: null, tps_source: null, decode_s: null, ttft_s: null, tpot_s: null, prefill_tps: null };
  t.match({ ...silent }, { ...unknown, elapsed_s: 1.502, itl_p50_s: null, flags: ['arrivals_clumped'] });
});

t.test("clumps whose speed is true all the same are the server's to tell, where it does", async (t) => {
  // Sixteen tokens at a time, 80 ms apart.
  const clumped = { tokens: evenly(512).map((_, index) => 300 + 80 * Math.floor(index / 16)), end: 9000 };
  const ours = runMetrics(timings(clumped), counts(512), expecting(512));
  t.match({ ...ours }, { tps: 200, tps_source: 'socket', ttft_s: null, flags: ['arrivals_clumped'] });
  const own = { raw: {}, decodeTps: 201, prefillS: 0.2 };
  const servers = runMetrics(timings({ ...clumped, own }), counts(512), expecting(512));
  t.match({ ...servers }, { tps: 201, tps_source: 'server', ttft_s: 0.2, flags: ['arrivals_clumped'] });
});

t.test('on this machine a gap of more than 20 % means that ours is wrong', async (t) => {
  const run = (decodeTps: number, isLocal: boolean) =>
    runMetrics(
      { ...timings({ tokens: evenly(64), end: 9000, own: { raw: {}, decodeTps } }), isLocal },
      counts(64),
      expecting(64),
    );
  // Ours is 100 tokens/s.
  t.match({ ...run(130, true) }, { tps: 130, tps_source: 'server', flags: ['client_gap'] });
  t.match({ ...run(130, false) }, { tps: 100, tps_source: 'socket', flags: ['client_gap'] });
  t.match({ ...run(110, true) }, { tps: 100, tps_source: 'socket', flags: ['client_gap'] });
});

t.test('a first chunk of many tokens tells nothing of the prefill', async (t) => {
  const run = runMetrics(timings({ tokens: [200, 280, 360, 440], end: 500 }), counts(64), expecting(64));
  t.match({ ...run }, { ttft_s: 0.2, prefill_tps: null }, '75 of 200 ms were decoding');
  t.ok(near(run.tps, 200));
});

t.test('chunks that are tokens have no latencies where several come at once', async (t) => {
  const inPairs = evenly(100).map((_, index) => 100 + 20 * Math.floor(index / 2));
  t.match({ ...runMetrics(timings({ tokens: inPairs, end: 9000 }), counts(100), expecting(100)) }, { itl_p50_s: null });
});

t.test('speculative decoding has no latencies between tokens, however they come', async (t) => {
  const own = { raw: {}, draftTokens: 47, draftTokensAccepted: 0 };
  const stamps = { tokens: evenly(100), end: 9000 };
  t.match({ ...runMetrics(timings({ ...stamps, own }), counts(100), expecting(100)) }, { itl_p50_s: null });
  const none = { raw: {}, draftTokens: 0 };
  t.ok(near(runMetrics(timings({ ...stamps, own: none }), counts(100), expecting(100)).itl_p50_s, 0.01));
});

t.test('the share of drafted tokens that the model accepted is the server’s to tell', async (t) => {
  const acceptance = (own: RequestTimings['own']) =>
    runMetrics(timings({ tokens: evenly(64), end: 9000, own }), counts(64), expecting(64)).draft_acceptance;
  t.equal(acceptance({ raw: {}, draftTokens: 80, draftTokensAccepted: 60 }), 0.75);
  t.equal(acceptance({ raw: {}, draftTokens: 80, draftTokensAccepted: 0 }), 0, 'none is a share as well');
  t.equal(acceptance({ raw: {}, draftTokens: 0, draftTokensAccepted: 0 }), null, 'nothing was drafted');
  t.equal(acceptance({ raw: {}, draftTokens: 80 }), null);
  t.equal(acceptance({ raw: {}, draftTokens: 60, draftTokensAccepted: 80 }), null, 'more than there were cannot be');
  t.equal(acceptance(undefined), null);
});

t.test('a request for which the server loaded the model first tells nothing of its prompt', async (t) => {
  const run = (loadS: number | undefined) =>
    runMetrics(
      timings({ tokens: evenly(64).map((ms) => 2400 + ms), end: 3200, answer: 2500, own: { raw: {}, loadS } }),
      counts(64),
      expecting(64),
    );
  const none = { ttft_s: null, ttft_answer_s: null, tpot_s: null, prefill_tps: null };
  t.match({ ...run(2.4) }, { ...none, load_s: 2.4, flags: ['model_reloaded'] });
  t.ok(near(run(2.4).tps, 100), 'the decode speed stays');
  t.same(run(1).flags, ['model_reloaded']);
  t.match({ ...run(0.6) }, { ttft_s: 2.5, load_s: 0.6, flags: NONE }, 'a slow disk takes that long to look it up');
  t.match({ ...run(undefined) }, { ttft_s: 2.5, load_s: null, flags: NONE });
});

t.test('a count that was left aside is told', async (t) => {
  const doubted = { ...counts(64), isImplausible: true };
  t.same(runMetrics(timings({ tokens: evenly(64), end: 9000 }), doubted, expecting(64)).flags, ['implausible_usage']);
});

function expecting(maxTokens: number) {
  return { maxTokens, promptTargetTokens: undefined };
}
