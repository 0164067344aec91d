import { createServer, type ServerResponse } from 'node:http';
import t from 'tap';
import { monotonicMs } from '../../src/benchmark/clock.js';
import { type ExtraRunLimits, ExtraRuns } from '../../src/benchmark/extra-runs.js';
import type { InferenceServer } from '../../src/benchmark/inference-server.js';
import { PromptSizer } from '../../src/benchmark/prompt-sizer.js';
import { builtInPrompts, fillingPrompt } from '../../src/benchmark/prompts.js';
import type { RequestResult } from '../../src/benchmark/result.js';
import { samplesOf } from '../../src/benchmark/samples.js';
import type { Fault } from '../fixtures/fake-llm/fault.js';
import { type RecordedRequest, tokenEvents } from '../fixtures/fake-llm/recorded-request.js';
import { listening } from '../fixtures/listening.js';
import { NONE } from '../fixtures/none.js';
import { plainInferenceServer } from '../fixtures/plain-inference-server.js';
import { promptOf, running } from '../fixtures/running-test.js';

function completions(runs: readonly RequestResult[]): (number | string)[] {
  return runs.map((run) => (run.success ? run.completion_tokens : run.error));
}

const ended = (request: RecordedRequest | undefined): number => request?.endedMs ?? Number.NaN;

t.test('the first run is a warm-up and enters no figure and no window', async (t) => {
  const { fake, events, run } = await running(t, { eosAfter: 2 });
  const finished = await run(
    { nRuns: 3 },
    {
      emit: (event) => {
        events.push(event);
        if (event.type === 'run_finished' && event.warmup) fake.set({ eosAfter: 4 });
      },
    },
  );
  const { test, window } = finished;
  t.equal(fake.chatRequests.length, 3);
  t.match(test, { n_runs: 3, successful_runs: 2, completion_tokens: 4, warmup_run: { completion_tokens: 2 } });
  t.same(completions(test.runs), [4, 4]);
  const [warmup, first, last] = fake.chatRequests;
  t.ok((window?.startMs ?? 0) > ended(warmup), 'the window begins after the warm-up');
  t.ok((window?.startMs ?? Number.NaN) < (first?.receivedMs ?? 0));
  t.ok((window?.endMs ?? 0) > (last?.events.at(-1)?.sentMs ?? Number.NaN), 'and ends with the last stream');
});

t.test('a test of one run has no warm-up', async (t) => {
  const { fake, run } = await running(t);
  const { test } = await run({ nRuns: 1 });
  t.equal(fake.chatRequests.length, 1);
  t.equal(test.warmup_run, null);
  t.equal(test.runs.length, 1);
  t.equal(test.stddev_tps, null);
});

t.test('runs go one after the other, each over a connection of its own and with its own nonce first', async (t) => {
  const { fake, run } = await running(t, { tokenGapMs: 1 });
  await run({ nRuns: 4 });
  const requests = fake.chatRequests;
  t.equal(new Set(requests.map((request) => request.clientPort)).size, 4);
  for (const [index, request] of requests.entries()) {
    if (index > 0) t.ok(request.arrivedMs >= ended(requests[index - 1]), 'not before the one before has ended');
    t.equal(promptOf(request), `nonce-${index + 1} ${builtInPrompts.short}`);
  }
  await run({ nRuns: 1, prompt: { kind: 'fixed', prompt: 'long' } });
  t.equal(fake.chatRequests.map(promptOf).at(-1), `nonce-5 ${builtInPrompts.long}`);
});

t.test('a load test goes in waves, each request over a connection of its own', async (t) => {
  const { fake, events, run } = await running(t, { tokenGapMs: 1, ttftMs: 5 });
  const { test, window } = await run({ category: 'load', concurrency: 4, nRuns: 2 });
  const requests = fake.chatRequests;
  t.equal(requests.length, 8);
  const [warmup, timed] = [requests.slice(0, 4), requests.slice(4)];
  const lastOfWarmup = Math.max(...warmup.map(ended));
  t.ok(
    timed.every((request) => request.arrivedMs >= lastOfWarmup),
    'a wave begins when the one before has ended',
  );
  const ports = (wave: readonly RecordedRequest[]) => new Set(wave.map((request) => request.clientPort));
  t.equal(ports(warmup).size, 4);
  t.equal(ports(requests).size, 8);
  t.equal(new Set(requests.map(promptOf)).size, 8, 'no prompt is sent twice');
  t.match(test, { concurrency: 4, n_runs: 2, successful_runs: 4 });
  t.equal(test.runs.length, 4);
  const seconds = ((window?.endMs ?? Number.NaN) - (window?.startMs ?? 0)) / 1000;
  t.ok(Math.abs((test.aggregate_tps ?? 0) * seconds - 20) < 1e-6, 'all tokens over the time of the wave');
  const told = events.filter((event) => event.type === 'run_finished');
  t.same(
    told.map((event) => [event.run, event.warmup]),
    [...Array(4).fill([1, true]), ...Array(4).fill([1, false])],
  );
});

t.test('the streams of a wave are open together', async (t) => {
  const { run } = await running(t);
  const waiting: ServerResponse[] = [];
  const chunk = JSON.stringify({ choices: [{ delta: { content: 'word' }, finish_reason: 'length' }] });
  // Answers nobody until four have asked.
  const gathering = createServer((request, response) => {
    request.resume();
    waiting.push(response);
    if (waiting.length < 4) return;
    for (const one of waiting.splice(0)) one.end(`data: ${chunk}\n\n`);
  });
  const server = plainInferenceServer(`http://127.0.0.1:${await listening(t, gathering)}`);
  const { test } = await run({ concurrency: 4, nRuns: 2 }, { server });
  t.match(test, { successful_runs: 4, warmup_run: { success: true } });
});

t.test('a test of one stream has no aggregate speed', async (t) => {
  const { run } = await running(t, { tokenGapMs: 1 });
  t.equal((await run({ nRuns: 3 })).test.aggregate_tps, null);
});

/** Fails the streams whose nonces are these. */
function failing(...nonces: readonly number[]) {
  const failed = new Set(nonces.map((nonce) => `nonce-${nonce}`));
  return (request: RecordedRequest): Fault | undefined =>
    failed.has(promptOf(request).split(' ')[0] ?? '') ? { kind: 'status', status: 500, body: 'empty' } : undefined;
}

t.test('a wave in which a stream failed is made once more, and enters no figure', async (t) => {
  // The second of the timed wave's four.
  const { fake, run } = await running(t, { faultFor: failing(6) });
  const { test, window } = await run({ category: 'load', concurrency: 4, nRuns: 2 });
  t.equal(fake.chatRequests.length, 12);
  t.match({ ...test }, { n_runs: 3, successful_runs: 4, error: null });
  t.same(completions(test.runs).toSorted(), [5, 5, 5, 5, 5, 5, 5, 'http_error']);
  t.equal(samplesOf(test.runs).length, 4);
  t.equal(test.runs.filter((one) => one.success && one.flags.includes('partial_wave')).length, 3);
  t.match(test.findings, [{ code: 'runs_lost', message: /^1 of 8 timed runs was lost: http_error/ }]);
  const whole = fake.chatRequests.slice(8);
  const seconds = (Math.max(...whole.map(ended)) - Math.min(...whole.map(({ arrivedMs }) => arrivedMs))) / 1000;
  t.ok((test.aggregate_tps ?? 0) * seconds < 21, 'neither its tokens nor its time count');
  t.ok(
    (window?.startMs ?? Number.NaN) < (fake.chatRequests[4]?.receivedMs ?? 0),
    'the hardware worked for it all the same',
  );
});

t.test("a wave that fails twice fails the test with its stream's error", async (t) => {
  const { fake, run } = await running(t, { faultFor: failing(6, 11) });
  const { test } = await run({ category: 'load', concurrency: 4, nRuns: 2 });
  t.equal(fake.chatRequests.length, 12);
  t.match({ ...test }, { successful_runs: 0, error: 'http_error', avg_tps: null, aggregate_tps: null });
});

t.test('a wave whose error the next one would meet as well is not made again', async (t) => {
  const { fake, run } = await running(t, {
    faultFor: (request) => (promptOf(request).startsWith('nonce-6 ') ? status(401, 'who are you?') : undefined),
  });
  const { test } = await run({ category: 'load', concurrency: 4, nRuns: 2 });
  t.equal(fake.chatRequests.length, 8);
  t.match({ ...test }, { successful_runs: 0, error: 'unauthorized' });
});

t.test('the wait of streams for which the server has no slot is told apart', async (t) => {
  // So slow that a busy machine does not read most of its tokens at once: then the first has no time of its own.
  const { run } = await running(t, { concurrencyLimit: 1, ttftMs: 20, tokenGapMs: 100 });
  const { test } = await run({ category: 'load', concurrency: 3, nRuns: 2 });
  const runs = samplesOf(test.runs);
  const [served, queued] = [runs.filter((one) => one.ttft_s !== null), runs.filter((one) => one.ttft_s === null)];
  t.equal(served.length, 1);
  t.equal(queued.length, 2);
  t.not(test.avg_queued_ttft_s, null);
  t.equal(test.avg_ttft_s, served[0]?.ttft_s);
  for (const one of served) t.equal(one.queued_ttft_s, null);
  for (const one of queued) {
    t.ok((one.queued_ttft_s ?? 0) > Math.max(...served.map(({ ttft_s }) => ttft_s ?? 0)));
    t.equal(one.prefill_tps, null);
  }
});

const limits: ExtraRunLimits = { precision: 0.03, maxRuns: 6, extraTimeMs: 60_000 };

function extraRuns(): ExtraRuns {
  const runs = new ExtraRuns(limits, 1);
  runs.nextTest();
  return runs;
}

/** What the server says of each request in turn, the last one for all that follow: tokens that come at once tell no speed. */
function saying(...speeds: readonly number[]): Partial<InferenceServer> {
  let asked = -1;
  return {
    ownTimings: () => {
      asked += 1;
      return { raw: {}, decodeTps: speeds[Math.min(asked, speeds.length - 1)] };
    },
  };
}

t.test('a test is repeated until its mean is known well enough', async (t) => {
  const { fake, events, run } = await running(t, {}, saying(20, 100, 99, 101));
  const { test } = await run({ nRuns: 2 }, { extraRuns: extraRuns() });
  t.equal(fake.chatRequests.length, 4);
  t.match({ ...test }, { n_runs: 4, successful_runs: 3 });
  t.not(test.ci95_tps, null);
  t.same(
    events.filter((event) => event.type === 'extra_run_started').map((event) => ({ ...event })),
    [2, 3].map((run) => ({ type: 'extra_run_started', testId: 'baseline_short', run, precision: 0.03 })),
  );
  t.same(
    events.filter((event) => event.type === 'run_finished').map((event) => [event.run, event.warmup]),
    [
      [1, true],
      [1, false],
      [2, false],
      [3, false],
    ],
  );
});

t.test('a test that stays noisier is repeated up to the most runs', async (t) => {
  const { fake, run } = await running(t, {}, saying(20, 100, 50, 150, 100, 50, 150));
  const { test } = await run({ nRuns: 2 }, { extraRuns: extraRuns() });
  t.equal(fake.chatRequests.length, 7, 'the warm-up and six');
  t.match({ ...test }, { n_runs: 7, successful_runs: 6 });
  t.match(test.findings.at(-1), { code: 'noisy_result', message: /after 6 runs: ± 3 % was aimed at\.$/ });
});

t.test('further waves of a load test count as one run each', async (t) => {
  const { fake, run } = await running(t, {}, saying(100));
  const { test } = await run({ category: 'load', concurrency: 4, nRuns: 2 }, { extraRuns: extraRuns() });
  t.equal(fake.chatRequests.length, 16);
  t.match({ ...test }, { n_runs: 4, successful_runs: 12 });
});

t.test('a lost run is made up for; a further one that is lost ends them', async (t) => {
  const made = async (faults: readonly (Fault | null)[]) => {
    const { run } = await running(t, { faults }, saying(100));
    const { test } = await run({ nRuns: 2 }, { extraRuns: extraRuns() });
    return completions(test.runs);
  };
  t.same(await made([null, { kind: 'reset', afterTokens: 1 }]), ['connection_reset', 5, 5, 5]);
  t.same(await made([null, null, { kind: 'reset', afterTokens: 1 }]), [5, 'connection_reset']);
});

t.test('a test that is planned to run once runs once', async (t) => {
  const { fake, run } = await running(t);
  await run({ nRuns: 1 }, { extraRuns: extraRuns() });
  t.equal(fake.chatRequests.length, 1);
});

t.test('a prompt that the server cut is a failure of its test, not a sample', async (t) => {
  const perWord = (text: string) => Math.round(1.4 * (text.match(/\S+/g)?.length ?? 0));
  for (const countTokens of [undefined, async (text: string) => perWord(text)]) {
    const limit = 1500;
    const { fake, run } = await running(
      t,
      { promptTokens: (text) => Math.min(perWord(text), limit), templateTokens: 0 },
      { countTokens },
    );
    const sizer = new PromptSizer(plainInferenceServer(fake.url, { countTokens }), 'fake-model');
    for (const words of [16, 512]) {
      await sizer.observe(words, perWord(fillingPrompt('nonce-0', words)), new AbortController().signal);
    }
    const fits = await run({ nRuns: 2, prompt: { kind: 'fill', tokens: 1024 } }, { sizer });
    t.match({ ...fits.test }, { error: null, successful_runs: 1 });
    const { test, window } = await run({ nRuns: 2, prompt: { kind: 'fill', tokens: 2048 } }, { sizer });
    t.match({ ...test }, { error: 'context_exceeded', successful_runs: 0, avg_tps: null, runs: NONE });
    t.match(test.error_detail, /^the server read 1,500 of about 2,0\d\d prompt tokens$/);
    t.match({ ...test.warmup_run }, { success: false, prompt_truncated: { read: 1500 } });
    t.match(test.findings, [{ code: 'prompt_truncated' }]);
    t.equal(window, undefined);
    const next = await run({ nRuns: 2, prompt: { kind: 'fill', tokens: 4096 } }, { sizer });
    t.match(
      next.test.error_detail,
      /^the server read 1,500 of about 4,\d\d\d prompt tokens$/,
      'nothing was learnt from it',
    );
  }
});

const endings: readonly [string, Fault, boolean][] = [
  ['context_exceeded', status(400, 'the prompt exceeds the context size'), true],
  ['model_not_found', status(404, 'model not found'), true],
  ['unauthorized', status(401, 'who are you?'), true],
  ['connection_reset', { kind: 'reset', afterTokens: 2 }, false],
  ['http_error', status(500, 'hiccup'), false],
  ['stream_error', { kind: 'stream-error', afterTokens: 2, form: 'data' }, false],
  ['bad_response', { kind: 'invalid-json', afterTokens: 2 }, false],
  ['empty_response', { kind: 'empty' }, false],
];

function status(code: number, message: string): Fault {
  return { kind: 'status', status: code, body: 'json', json: { error: { message } } };
}

t.test('a test ends after an error that the next run would meet as well, and after no other', async (t) => {
  for (const [error, fault, ends] of endings) {
    const { fake, run } = await running(t, { faults: [undefined, fault] });
    // The warm-up succeeds, the first timed run does not.
    const { test } = await run({ nRuns: 4 });
    t.same(completions(test.runs), ends ? [error] : [error, 5, 5], error);
    t.equal(fake.chatRequests.length, ends ? 2 : 4);
    t.match({ ...test }, { successful_runs: ends ? 0 : 2, error: ends ? error : null });
  }
});

t.test('a server that hangs is given one chance a test', async (t) => {
  const { fake, run } = await running(t, { fault: { kind: 'stall', afterTokens: 1 } });
  const { test } = await run({ nRuns: 4, timeoutMs: 60 });
  t.match({ ...test }, { error: 'timeout', warmup_run: { error: 'timeout' } });
  t.same(test.runs, []);
  t.ok(fake.chatRequests.length <= 1);
});

t.test('a refused warm-up ends the test without a window', async (t) => {
  const { fake, run } = await running(t);
  await fake.refuse();
  const { test, window } = await run({ nRuns: 3 });
  t.match(
    { ...test },
    { error: 'connection_refused', successful_runs: 0, warmup_run: { error: 'connection_refused' } },
  );
  t.same(test.runs, []);
  t.equal(window, undefined);
  t.equal(test.aggregate_tps, null);
});

t.test('a failed warm-up of another kind is made once more and lets the timed runs be', async (t) => {
  const broken = { kind: 'reset', afterTokens: 1 } as const;
  const once = await running(t, { faults: [broken] });
  t.match({ ...(await once.run({ nRuns: 3 })).test }, { successful_runs: 2, warmup_run: { success: true } });
  t.equal(once.fake.chatRequests.length, 2 + 2);
  t.match(
    once.events.flatMap((event) => (event.type === 'log' ? [event.line] : [])),
    [/^The warm-up of Baseline \(short prompt\) failed: connection_reset \(/],
  );
  const twice = await running(t, { faults: [broken, broken] });
  const { test } = await twice.run({ nRuns: 3 });
  t.match({ ...test }, { successful_runs: 2, error: null, warmup_run: { success: false, error: 'connection_reset' } });
  t.equal(twice.fake.chatRequests.length, 2 + 2);
});

t.test("a failed run keeps the server's words and status", async (t) => {
  const { run } = await running(t, { fault: status(503, 'Loading model') });
  const { test } = await run({ nRuns: 2 });
  const failed = { success: false, error: 'http_error', status: 503, error_detail: 'Loading model' };
  t.same(test.runs, [failed]);
  t.same(test.warmup_run, failed);
  t.match(test, { error: 'http_error', error_detail: 'Loading model' });
});

t.test('a cached prompt is found out; a prompt with its own nonce is never cached', async (t) => {
  const { run } = await running(t, { prefixCache: true, reportsCachedTokens: true });
  const honest = await run({ nRuns: 3, maxTokens: 1 });
  for (const one of honest.test.runs) t.match(one, { success: true, cached_tokens: 0 });
  t.ok(honest.test.avg_ttft_s !== null);
  const cached = await run({ nRuns: 3 }, { newNonce: () => 'the-same' });
  t.equal(cached.test.successful_runs, 2, 'such runs are kept');
  for (const one of cached.test.runs)
    t.match({ ...one }, { flags: ['cached_prompt'], ttft_s: null, prefill_tps: null });
  t.equal(cached.test.avg_ttft_s, null);
  t.equal(cached.test.avg_prefill_tps, null);
});

t.test('a filling prompt is within 2 % of its size, with and without a tokenizer', async (t) => {
  const perWord = (text: string) => Math.round(1.4 * (text.match(/\S+/g)?.length ?? 0));
  const options = { promptTokens: perWord, templateTokens: 25 };
  for (const countTokens of [undefined, async (text: string) => perWord(text)]) {
    const { fake, run } = await running(t, options, { countTokens });
    const sizer = new PromptSizer(plainInferenceServer(fake.url, { countTokens }), 'fake-model');
    // What a benchmark's first tiny request teaches.
    const tiny = fillingPrompt('nonce-0', 16);
    await sizer.observe(16, perWord(tiny) + 25, new AbortController().signal);
    const { test } = await run({ nRuns: 2, prompt: { kind: 'fill', tokens: 2048 } }, { sizer });
    const [timed] = test.runs;
    t.ok(timed?.success);
    const tokens = timed?.success ? (timed.prompt_tokens ?? 0) : 0;
    t.ok(Math.abs(tokens / 2048 - 1) <= 0.02, `${tokens} prompt tokens`);
    t.equal(test.prompt_target_tokens, 2048);
    t.notOk(timed?.success && timed.flags.includes('prompt_off_target'));
  }
});

t.test('a prompt or an answer that misses its length says so', async (t) => {
  const { run } = await running(t, { eosAfter: 3, promptTokens: () => 1500 });
  const { test } = await run({ nRuns: 1, prompt: { kind: 'fill', tokens: 2048 } });
  t.match(test.runs, [{ flags: ['prompt_off_target', 'output_off_target'] }]);
});

t.test('a server that tells thirty prompt tokens whatever it is sent makes no prefill speed', async (t) => {
  const { run } = await running(t, { promptTokens: () => 30 });
  const { test } = await run({ nRuns: 2, prompt: { kind: 'fill', tokens: 8192 } });
  t.match(test, { error: null, avg_prefill_tps: null, successful_runs: 1 });
  t.match(test.runs, [{ success: true, prompt_tokens: null, prefill_tps: null, flags: ['implausible_usage'] }]);
  t.ok(test.findings.some(({ code }) => code === 'implausible_usage'));
});

t.test('a tokenizer is asked only when all streams of a wave have ended', async (t) => {
  const asked: number[] = [];
  const { fake, run } = await running(
    t,
    { usage: 'none', concurrencyLimit: 1 },
    {
      countTokens: async (text) => {
        asked.push(fake.chatRequests.filter((request) => request.endedMs === undefined).length);
        return text.split(' ').length - 1;
      },
    },
  );
  const { test } = await run({ category: 'load', concurrency: 4, nRuns: 2, maxTokens: 6 });
  t.same(asked, Array(8).fill(0), 'streams still open when it was asked');
  t.match(test.runs[0], { token_count_source: 'tokenizer', completion_tokens: 6 });
});

for (const splitWrites of [undefined, 5] as const) {
  const cut = splitWrites === undefined ? 'whole' : `cut every ${splitWrites} bytes`;
  t.test(`the phase of decoding begins with the first token, not with what comes before it (${cut})`, async (t) => {
    const { fake, run } = await running(t, { ttftMs: 30, emptyDeltas: 2, keepaliveComments: 2, splitWrites });
    const begun: number[] = [];
    await run(
      { nRuns: 1 },
      {
        emit: (event) => {
          if (event.type === 'phase' && event.phase === 'decode_stream') begun.push(monotonicMs());
        },
      },
    );
    const [first] = fake.chatRequests.flatMap(tokenEvents);
    t.equal(begun.length, 1);
    t.ok((begun[0] ?? 0) >= (first?.dueMs ?? Number.NaN));
  });
}
