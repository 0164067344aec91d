import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import t, { type Test } from 'tap';
import type { BenchmarkEvent } from '../../src/benchmark/benchmark-event.js';
import type { InferenceServer } from '../../src/benchmark/inference-server.js';
import { type BenchmarkPlan, type BenchmarkTest, planBenchmark } from '../../src/benchmark/plan.js';
import { builtInPrompts } from '../../src/benchmark/prompts.js';
import { type BenchmarkEnd, type BenchmarkRun, runBenchmark } from '../../src/benchmark/run-benchmark.js';
import type { Fault } from '../fixtures/fake-llm/fault.js';
import type { FakeLlmOptions } from '../fixtures/fake-llm/options.js';
import { type FakeLlmServer, startFakeLlmServer } from '../fixtures/fake-llm-server.js';
import { listening } from '../fixtures/listening.js';
import { plainInferenceServer } from '../fixtures/plain-inference-server.js';
import { countedNonces, promptOf, shortTest } from '../fixtures/running-test.js';

interface Benchmarking {
  readonly fake: FakeLlmServer;
  readonly events: BenchmarkEvent[];
  readonly run: (
    tests: readonly BenchmarkTest[],
    changed?: Partial<BenchmarkRun> & Pick<BenchmarkPlan, 'extraRuns'>,
  ) => Promise<BenchmarkEnd>;
}

async function benchmarking(
  t: Test,
  options: FakeLlmOptions = {},
  overrides: Partial<InferenceServer> = {},
): Promise<Benchmarking> {
  const fake = await startFakeLlmServer({ ttftMs: 0, tokenGapMs: 0, ...options });
  t.teardown(() => fake.close());
  const events: BenchmarkEvent[] = [];
  const models: InferenceServer['models'] = async () => {
    if (!(await fetch(`${fake.url}/health`)).ok) throw new Error('not healthy');
    return [{ id: 'fake-model', loaded: true }];
  };
  return {
    fake,
    events,
    run: (tests, { extraRuns, ...changed } = {}) =>
      runBenchmark({
        server: plainInferenceServer(fake.url, { models, ...overrides }),
        model: 'fake-model',
        plan: { mode: 'quick', tests, skipped: [], extraRuns },
        prompts: builtInPrompts,
        newNonce: countedNonces(),
        signal: new AbortController().signal,
        emit: (event) => events.push(event),
        reconnectWait: { forMs: 60_000, everyMs: 1 },
        ...changed,
      }),
  };
}

function named(...testIds: readonly string[]): BenchmarkTest[] {
  return testIds.map((testId) => shortTest({ testId, name: testId, nRuns: 2 }));
}

/** How each test ended, in order. */
function endings(events: readonly BenchmarkEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type === 'test_finished') return `${event.test.test_id}: ${event.test.error ?? 'done'}`;
    return event.type === 'test_skipped' ? `${event.testId}: ${event.reason}` : [];
  });
}

const logged = (events: readonly BenchmarkEvent[]) =>
  events.flatMap((event) => (event.type === 'log' ? [event.line] : []));

t.test('one tiny request is thrown away, then every test runs in the order of the plan', async (t) => {
  const { fake, events, run } = await benchmarking(t);
  await run(named('one', 'two'));
  t.match(fake.chatRequests[0]?.body, { max_tokens: 1 });
  t.equal(fake.chatRequests.length, 1 + 2 + 2);
  t.equal(new Set(fake.chatRequests.map((request) => request.clientPort)).size, 5, 'each over a connection of its own');
  t.equal(new Set(fake.chatRequests.map(promptOf)).size, 5, 'each with a prompt of its own');
  const told = events.filter((event) => event.type !== 'phase' || event.phase !== 'decode_stream');
  const steps = told.map((event) => {
    if (event.type === 'phase') return event.phase;
    return 'testId' in event ? `${event.type} ${event.testId}` : event.type;
  });
  const test = (id: string) => [
    'task_submission',
    `test_started ${id}`,
    'prompt_build',
    'warmup',
    'decode_wait_first_token',
    'parser',
    `run_finished ${id}`,
    'prompt_build',
    'decode_wait_first_token',
    'parser',
    `run_finished ${id}`,
    'test_finished',
    'completion',
  ];
  t.same(steps, ['connect_group', 'load_model', ...test('one'), ...test('two')]);
  t.same(endings(events), ['one: done', 'two: done']);
  const runs = events.flatMap((event) => (event.type === 'test_finished' ? event.test.runs : []));
  t.equal(runs.length, 2, 'the tiny request is nobody’s run');
});

t.test('a model that somebody puts away between two tests is not loaded again', async (t) => {
  let loaded = true;
  const { fake, events, run } = await benchmarking(t, {}, { models: async () => [{ id: 'fake-model', loaded }] });
  const emit = (event: BenchmarkEvent) => {
    events.push(event);
    if (event.type === 'test_finished') loaded = false;
  };
  await run(named('one', 'two', 'three'), { emit });
  t.same(endings(events), ['one: done', 'two: model_not_loaded', 'three: model_not_loaded']);
  t.match(logged(events), [/^fake-model is not loaded any more/]);
  t.equal(fake.chatRequests.length, 1 + 2);
});

t.test('a plan without tests asks nothing', async (t) => {
  const { fake, events, run } = await benchmarking(t);
  await run([]);
  t.equal(fake.requests.length, 0);
  t.same(endings(events), []);
});

t.test('no connection outlives its request', async (t) => {
  const chunk = JSON.stringify({ choices: [{ delta: { content: 'word' }, finish_reason: 'length' }] });
  const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
    request.resume();
    response.end(`data: ${chunk}\n\n`);
  });
  const closed: Promise<unknown>[] = [];
  server.on('connection', (socket: Socket) => closed.push(new Promise((resolve) => socket.on('close', resolve))));
  const port = await listening(t, server);
  const { run } = await benchmarking(t);
  const test = shortTest({ concurrency: 3, nRuns: 2 });
  await run([test], { server: plainInferenceServer(`http://127.0.0.1:${port}`) });
  t.equal(closed.length, 7);
  await Promise.all(closed);
});

t.test(
  'without a tokenizer, or with one that fails, no prompt overruns a small context, the first neither',
  async (t) => {
    const contextLength = 2048;
    const plan = planBenchmark({ mode: 'quick', vramBytes: undefined, contextLength, timeoutMs: 60_000 });
    const sweep = plan.tests.filter(({ testId }) => testId === 'ctx_sweep_2048');
    t.equal(sweep.length, 1);
    const failing = async () => {
      throw new Error('no such route');
    };
    for (const countTokens of [undefined, failing]) {
      for (const tokensPerWord of [0.8, 1, 1.3, 1.7, 2.4]) {
        const promptTokens = (text: string) => Math.round(tokensPerWord * (text.match(/\S+/g)?.length ?? 0));
        const settings = { contextLength, promptTokens, templateTokens: 30, ttftMs: 0, tokenGapMs: 0 };
        const { fake, events, run } = await benchmarking(t, settings, { countTokens });
        await run(sweep);
        t.same(endings(events), ['ctx_sweep_2048: done'], `${tokensPerWord} tokens a word`);
        const lengths = fake.chatRequests.slice(-2).map((request) => request.promptTokens ?? 0);
        const target = contextLength - 256 - 16;
        for (const tokens of lengths) t.ok(tokens <= target && tokens >= 0.97 * target, `${tokens} of ${target}`);
      }
    }
  },
);

t.test('a filling test of a single run is sized by one more request where there is no tokenizer', async (t) => {
  const perWord = (text: string) => Math.round(1.4 * (text.match(/\S+/g)?.length ?? 0));
  const fill = shortTest({ testId: 'zeus', nRuns: 1, prompt: { kind: 'fill', tokens: 20_000 } });
  const promptLengths = async (countTokens: InferenceServer['countTokens']) => {
    const { fake, events, run } = await benchmarking(t, { promptTokens: perWord, templateTokens: 60 }, { countTokens });
    await run([fill]);
    t.same(endings(events), ['zeus: done']);
    return fake.chatRequests.map((request) => request.promptTokens ?? 0);
  };
  const without = await promptLengths(undefined);
  t.equal(without.length, 3);
  t.ok(Math.abs((without.at(-1) ?? 0) / 20_000 - 1) <= 0.02, `${without.at(-1)}`);
  const exact = await promptLengths(async (text) => perWord(text));
  t.equal(exact.length, 2);
  t.ok(Math.abs((exact.at(-1) ?? 0) / 20_000 - 1) <= 0.005, `${exact.at(-1)}`);
});

t.test('an answer that is waited for much longer than a single token was made before it was sent', async (t) => {
  const { fake, events, run } = await benchmarking(t, { tokenGapMs: 1 });
  const fill = shortTest({ testId: 'fill', nRuns: 1, prompt: { kind: 'fill', tokens: 600 } });
  const emit = (event: BenchmarkEvent) => {
    events.push(event);
    if (event.type === 'test_finished') fake.set({ ttftMs: 1000 });
  };
  await run([fill, shortTest({ testId: 'late', nRuns: 1, maxTokens: 20 })], { emit });
  const late = events.flatMap((event) =>
    event.type === 'test_finished' && event.test.test_id === 'late' ? event.test.runs : [],
  );
  t.match(late, [{ success: true, tps: null, ttft_s: null, flags: ['arrivals_clumped'] }]);
});

t.test('a server that dies is waited for, and the run goes on when it is back', async (t) => {
  const { fake, events, run } = await benchmarking(t);
  await run(named('one', 'two', 'three'), {
    emit: (event) => {
      events.push(event);
      if (event.type === 'test_started' && event.testId === 'two')
        fake.set({ faults: [{ kind: 'die', afterTokens: 2 }] });
      if (event.type === 'log' && event.line.includes('went away')) void fake.listenAgain();
    },
  });
  const [one, two, three] = endings(events);
  t.equal(one, 'one: done');
  t.match(two, /^two: connection_(reset|refused)$/);
  t.equal(three, 'three: done');
  const [warmup, ...waiting] = logged(events);
  t.match(warmup, /^The warm-up of two failed/);
  t.same(waiting, ['The server went away. Waiting up to 60 s for it to come back.', 'The server is back.']);
});

t.test('a server that does not come back skips the rest, and is waited for once', async (t) => {
  const { fake, events, run } = await benchmarking(t);
  await run(named('one', 'two', 'three', 'four'), {
    reconnectWait: { forMs: 20, everyMs: 1 },
    emit: (event) => {
      events.push(event);
      if (event.type === 'test_finished' && event.test.test_id === 'one') void fake.refuse();
    },
  });
  const [one, two, ...rest] = endings(events);
  t.equal(one, 'one: done');
  t.match(two, /^two: connection_/);
  t.same(rest, ['three: server_down', 'four: server_down']);
  t.equal(logged(events).length, 2);
  t.match(logged(events)[1], /did not come back within \d+ s/);
});

t.test('a server that was never there: the first test says so, the rest is skipped', async (t) => {
  const { fake, events, run } = await benchmarking(t);
  await fake.refuse();
  await run(named('one', 'two'), { reconnectWait: { forMs: 20, everyMs: 1 } });
  t.same(endings(events), ['one: connection_refused', 'two: server_down']);
});

t.test('a server that answers again is back only once it lists the model as loaded', async (t) => {
  const answers = [
    () => Promise.reject(new Error('not yet')),
    async () => [],
    async () => [{ id: 'another', loaded: true }],
    async () => [{ id: 'fake-model', loaded: false }],
    async () => [{ id: 'fake-model', loaded: undefined }],
  ];
  let asked = 0;
  const models: InferenceServer['models'] = () => {
    asked += 1;
    return answers[asked - 1]?.() ?? Promise.reject(new Error('asked once too often'));
  };
  const broken = { kind: 'reset', afterTokens: 1 } as const;
  const { events, run } = await benchmarking(t, { faults: [null, broken, broken, broken] }, { models });
  await run(named('one', 'two'));
  t.equal(asked, answers.length);
  t.same(endings(events), ['one: connection_reset', 'two: done']);
});

t.test('a server that answers again without the model has not gone, and is not asked for it', async (t) => {
  const models: InferenceServer['models'] = async () => [{ id: 'another', loaded: true }];
  const broken = { kind: 'reset', afterTokens: 1 } as const;
  const { fake, events, run } = await benchmarking(t, { faults: [null, broken, broken, broken] }, { models });
  await run(named('one', 'two'), { reconnectWait: { forMs: 20, everyMs: 1 } });
  t.same(endings(events), ['one: connection_reset', 'two: model_not_loaded']);
  t.match(logged(events).slice(1), [/does not offer fake-model any more/, /did not come back within \d+ s/]);
  t.equal(fake.chatRequests.length, 1 + 3);
});

t.test('only a server that takes no connection has gone', async (t) => {
  const models: InferenceServer['models'] = () => Promise.reject(new Error('an answer that is no list'));
  const broken = { kind: 'reset', afterTokens: 1 } as const;
  const { events, run } = await benchmarking(t, { faults: [null, broken, broken, broken] }, { models });
  await run(named('one', 'two'), { reconnectWait: { forMs: 20, everyMs: 1 } });
  t.same(endings(events), ['one: connection_reset', 'two: done']);
});

t.test('an answer of another model than the first one fails its test', async (t) => {
  const { fake, events, run } = await benchmarking(t, { answersAs: 'quiet-7b' });
  const emit = (event: BenchmarkEvent) => {
    events.push(event);
    if (event.type === 'test_finished') fake.set({ answersAs: 'loud-70b' });
  };
  await run(named('one', 'two'), { emit });
  t.same(endings(events), ['one: done', 'two: model_not_found']);
  const details = events.flatMap((event) => (event.type === 'test_finished' ? [event.test.error_detail] : []));
  t.same(details, [null, 'the answer came from loud-70b, the first one of this run from quiet-7b']);
});

t.test('a server that goes on serving after a broken connection has not gone away', async (t) => {
  const broken = { kind: 'reset', afterTokens: 1 } as const;
  const { events, run } = await benchmarking(t, { faults: [null, broken, broken, broken] });
  await run(named('one', 'two'));
  t.same(endings(events), ['one: connection_reset', 'two: done']);
  t.match(logged(events), [/^The warm-up of one failed: connection_reset \(.+\)\. It is made once more\.$/]);
  t.notOk(logged(events).some((line) => line.includes('went away')));
});

const loading = { kind: 'status', status: 503, body: 'json', json: { error: { message: 'Loading model' } } } as const;

t.test('a server that loads its model is waited for before the first test', async (t) => {
  const { fake, events, run } = await benchmarking(t, { faults: [loading, loading, loading] });
  await run(named('one'), { reconnectWait: { forMs: 60_000, everyMs: 1 } });
  t.same(endings(events), ['one: done']);
  t.same(logged(events), ['The server is loading its model. Waiting up to 60 s for it.', 'The model is loaded.']);
  t.equal(fake.chatRequests.length, 3 + 1 + 2);
});

t.test('a server that was started again is waited for until it has loaded its model', async (t) => {
  const broken = { kind: 'reset', afterTokens: 1 } as const;
  let asked = 0;
  const models: InferenceServer['models'] = async () => {
    asked += 1;
    if (asked === 1) throw new Error('not yet');
    return [{ id: 'fake-model', loaded: true }];
  };
  const { fake, events, run } = await benchmarking(t, { faults: [null, broken, broken, broken, loading] }, { models });
  await run(named('one', 'two'), { reconnectWait: { forMs: 60_000, everyMs: 1 } });
  t.same(endings(events), ['one: connection_reset', 'two: done']);
  t.equal(logged(events).at(-1), 'The model is loaded.');
  t.equal(fake.chatRequests.length, 1 + 3 + 2 + 2);
});

t.test('a model that is not loaded in time fails the test with the words of its server', async (t) => {
  const { events, run } = await benchmarking(t, { fault: loading });
  const tests = named('one').map((test) => ({ ...shortTest(test), timeoutMs: 1000 }));
  await run(tests, { reconnectWait: { forMs: 60_000, everyMs: 1 } });
  t.same(endings(events), ['one: http_error']);
  t.match(logged(events), [/^The server is loading its model\./, /^The model was not loaded within \d+ s\.$/]);
});

t.test('another failure of the first request is not waited for', async (t) => {
  const busy = { ...loading, json: { error: { message: 'no slot available' } } };
  const { events, run } = await benchmarking(t, { faults: [busy] });
  await run(named('one'));
  t.same(endings(events), ['one: done']);
  t.same(logged(events), []);
});

t.test('extra runs are made by the plan, over all tests', async (t) => {
  const ownTimings = () => ({ raw: {}, decodeTps: 100 });
  const { fake, run } = await benchmarking(t, {}, { ownTimings });
  await run(named('one', 'two'), { extraRuns: { precision: 0.03, maxRuns: 6, extraTimeMs: 60_000 } });
  t.equal(fake.chatRequests.length, 1 + 2 * 4);
});

t.test('nobody is waited for after the last test', async (t) => {
  const { fake, events, run } = await benchmarking(t);
  await fake.refuse();
  await run(named('one'), { reconnectWait: { forMs: 60_000, everyMs: 60_000 } });
  t.same(endings(events), ['one: connection_refused']);
  t.same(logged(events), []);
});

t.test('a server that hangs or refuses to work is not gone: the next test goes on', async (t) => {
  // By the request's nonce: where the machine is so busy that the first test's time is up before the server has seen its
  // request, the fault is not left to the next one.
  const faults: Readonly<Record<string, Fault>> = {
    'nonce-2': { kind: 'stall' },
    'nonce-3': { kind: 'status', status: 401, body: 'json' },
  };
  const { events, run } = await benchmarking(t, {
    faultFor: (request) => faults[promptOf(request).split(' ')[0] ?? ''],
  });
  const [one, ...others] = named('one', 'two', 'three');
  await run([{ ...shortTest(one), timeoutMs: 150 }, ...others]);
  t.same(endings(events), ['one: timeout', 'two: unauthorized', 'three: done']);
  t.same(logged(events), []);
});

t.test('where all tests fail each says why, and the run ends all the same', async (t) => {
  const { events, run } = await benchmarking(t, { fault: { kind: 'status', status: 500, body: 'json' } });
  await run(named('one', 'two'));
  t.same(endings(events), ['one: http_error', 'two: http_error']);
});

t.test('a test that needs another is skipped where that one did not succeed', async (t) => {
  const [first, second] = named('zeus_131072', 'zeus_262144');
  const tests = [shortTest(first), { ...shortTest(second), requires: 'zeus_131072' }];
  const failing = await benchmarking(t, { faults: [null, status(500), status(500), status(500)] });
  await failing.run(tests);
  t.same(endings(failing.events), ['zeus_131072: http_error', 'zeus_262144: zeus_131072 did not succeed']);
  const fine = await benchmarking(t);
  await fine.run(tests);
  t.same(endings(fine.events), ['zeus_131072: done', 'zeus_262144: done']);
});

function status(code: number) {
  return { kind: 'status', status: code, body: 'json' } as const;
}

t.test("cancelling rejects with the signal's reason, in a test and while waiting for the server", async (t) => {
  const reason = new Error('enough');
  const { fake, events, run } = await benchmarking(t, { faults: [null, { kind: 'stall', afterTokens: 1 }] });
  const cancel = new AbortController();
  const running = run(named('one', 'two'), { signal: cancel.signal });
  await fake.until(() => fake.chatRequests[1]?.events.some((event) => event.kind === 'content') === true);
  cancel.abort(reason);
  await t.rejects(running, reason);
  await fake.until(() => fake.chatRequests[1]?.abandonedMs !== undefined);
  t.same(endings(events), [], 'a cancelled test is not told as finished');

  const waiting = new AbortController();
  const away = await benchmarking(t);
  await away.fake.refuse();
  const emit = (event: BenchmarkEvent) => {
    if (event.type === 'log') setImmediate(() => waiting.abort(reason));
  };
  const reconnectWait = { forMs: 600_000, everyMs: 600_000 };
  await t.rejects(away.run(named('one', 'two'), { signal: waiting.signal, emit, reconnectWait }), reason);
});

t.test('a cancel before the start asks nothing', async (t) => {
  const reason = new Error('enough');
  const { fake, run } = await benchmarking(t);
  await t.rejects(run(named('one'), { signal: AbortSignal.abort(reason) }), reason);
  t.equal(fake.requests.length, 0);
});
