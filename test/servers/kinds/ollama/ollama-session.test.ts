import { PassThrough } from 'node:stream';
import t, { type Test } from 'tap';
import type { BenchmarkEvent } from '../../../../src/benchmark/benchmark-event.js';
import { planBenchmark } from '../../../../src/benchmark/plan.js';
import { builtInPrompts } from '../../../../src/benchmark/prompts.js';
import type { TestResult } from '../../../../src/benchmark/result.js';
import { type BenchmarkRun, runBenchmark } from '../../../../src/benchmark/run-benchmark.js';
import { createLogger } from '../../../../src/logger.js';
import { PROBE_INTERVAL_MS, TargetProber } from '../../../../src/metrics/target-prober.js';
import { type Resolution, resolveTarget } from '../../../../src/servers/target.js';
import { eventually } from '../../../fixtures/eventually.js';
import { ManualClock } from '../../../fixtures/manual-clock.js';
import { oldRelease } from '../../../fixtures/ollama-server/release.js';
import { type OllamaServer, type OllamaServerOptions, startOllamaServer } from '../../../fixtures/ollama-server.js';
import { countedNonces, shortTest } from '../../../fixtures/running-test.js';
import { patient } from '../../../fixtures/servers/fixture-server.js';

const model = 'llama3.1:8b';
// By the server's clock, which is far from ours.
const NOON = Date.parse('2019-03-01T12:00:00Z');
const SECONDS_A_REQUEST = 10;

interface Rig {
  readonly server: OllamaServer;
  readonly clock: ManualClock;
  /** Somebody else's use of it. */
  readonly client: (options: object, fields?: object) => Promise<void>;
  readonly resolved: () => Promise<Resolution>;
  readonly run: (tests: BenchmarkRun['plan']['tests'], changed?: Partial<BenchmarkRun>) => Promise<BenchmarkEvent[]>;
}

/** Each answer takes ten seconds of the server's time. */
async function rig(t: Test, options: OllamaServerOptions = {}): Promise<Rig> {
  const clock = new ManualClock(NOON);
  const server = await startOllamaServer(t, {
    clock,
    onAsked: () => clock.advance(SECONDS_A_REQUEST * 1000),
    ...options,
    machine: { loadMs: 0, decodeTokensPerSecond: 5000, prefillTokensPerSecond: 1e6, ...options.machine },
  });
  const resolved = () =>
    resolveTarget({ configured: [], target: server.apiBase }, { signal: patient, timeoutMs: 10_000 });
  return {
    server,
    clock,
    resolved,
    client: async (asked, fields = {}) => {
      const body = JSON.stringify({ model, options: asked, ...fields });
      await (await fetch(`${server.apiBase}/api/generate`, { method: 'POST', body })).text();
      await new Promise((resolve) => setImmediate(resolve));
    },
    run: async (tests, changed) => {
      const events: BenchmarkEvent[] = [];
      const { target } = await resolved();
      await runBenchmark({
        server: target.server,
        model: target.model,
        plan: { mode: 'quick', tests, skipped: [] },
        prompts: builtInPrompts,
        newNonce: countedNonces(),
        signal: patient,
        emit: (event) => events.push(event),
        reconnectWait: { forMs: 0, everyMs: 1 },
        ...changed,
      });
      return events;
    },
  };
}

function finished(events: readonly BenchmarkEvent[]): readonly TestResult[] {
  return events.flatMap((event) => (event.type === 'test_finished' ? [event.test] : []));
}

/** What `/api/ps` says, the expiry to the second. */
function ps(server: OllamaServer) {
  return server.ps().models.map((entry) => ({ ...entry, expires_at: Math.round(Date.parse(entry.expires_at) / 1000) }));
}

t.test('a run, and the probes of ten minutes, leave the server as a client had it', async (t) => {
  const { server, clock, client, resolved, run } = await rig(t);
  await client({ num_ctx: 10_240 }, { keep_alive: '30m' });
  const before = ps(server);
  const ownRequests = server.requests.length;
  const logger = await createLogger({ level: 'silent', format: 'json', destination: new PassThrough() });
  let isMeasuring = false;
  const prober = new TargetProber({
    targets: () => [],
    discoveredName: 'local',
    probe: async () => {
      const { target } = await resolved();
      return {
        kind: target.identity.kind,
        version: undefined,
        model: target.model,
        contextLength: target.contextLength,
      };
    },
    isMeasuring: () => isMeasuring,
    clock,
    logger,
  });
  const probed = async (seconds: number) => {
    for (let passed = 0; passed < seconds; passed += PROBE_INTERVAL_MS / 1000) {
      prober.scraped();
      clock.advance(PROBE_INTERVAL_MS);
      await eventually(() => clock.waitingMs.includes(PROBE_INTERVAL_MS));
    }
  };
  await prober.start();
  await probed(120);
  isMeasuring = true;
  const { target } = await resolved();
  const { contextLength } = target;
  const plan = planBenchmark({ mode: 'quick', vramBytes: 24 * 2 ** 30, contextLength, timeoutMs: 60_000 });
  const tests = finished(await run(plan.tests));
  isMeasuring = false;
  await probed(360);
  prober.close();
  t.equal(target.contextLength, 10_240);
  t.same(
    tests.map(({ test_id, error, runs }) => [test_id, error, runs.every(({ success }) => success)]),
    plan.tests.map(({ testId }) => [testId, null, true]),
  );
  t.ok((tests.find(({ test_id }) => test_id === 'ctx_sweep_8192')?.prompt_tokens ?? 0) > 8000);
  t.ok(clock.nowMs() - NOON >= 600_000, 'ten minutes of it');
  t.same(ps(server), before);
  t.same(
    server.requests.slice(ownRequests).filter(({ loaded }) => loaded),
    [],
  );
  t.equal(server.scheduler.loads, 1);
  t.same(server.scheduler.log.slice(1), [], 'nothing cut, nothing evicted');
});

t.test('what is to stay for ever stays for ever', async (t) => {
  const { server, client, run } = await rig(t);
  await client({ num_ctx: 8192 }, { keep_alive: -1 });
  await run([shortTest()]);
  t.equal(server.scheduler.loads, 1);
  t.match(server.ps().models, [{ context_length: 8192, expires_at: /^2311-/ }]);
});

t.test('a model that would have gone meanwhile is gone after the run, and not before its end', async (t) => {
  const { server, client, run } = await rig(t);
  await client({ num_ctx: 8192 }, { keep_alive: '12s' });
  const events = await run([shortTest({ nRuns: 4 })]);
  t.match(finished(events), [{ successful_runs: 3 }]);
  t.equal(server.scheduler.loads, 1);
  t.same(server.ps().models, []);
});

t.test('who used the model during the run keeps it as long as that use allows', async (t) => {
  const { server, clock, client, run } = await rig(t);
  await client({ num_ctx: 8192 }, { keep_alive: '2m' });
  let expiry: unknown;
  const events: BenchmarkEvent[] = [];
  let waiting: Promise<void> | undefined;
  await run([shortTest({ testId: 'one' }), shortTest({ testId: 'two' }), shortTest({ testId: 'three' })], {
    emit: (event) => {
      events.push(event);
      if (event.type !== 'test_finished' || event.test.test_id !== 'one') return;
      clock.advance(30_000);
      waiting = client({ num_ctx: 8192 }).then(() => {
        expiry = ps(server)[0]?.expires_at;
      });
    },
    signal: patient,
  });
  await waiting;
  t.equal(finished(events).length, 3);
  t.equal(ps(server)[0]?.expires_at, expiry);
});

t.test('a cancelled run sets the expiry back as well', async (t) => {
  const { server, client, run } = await rig(t);
  await client({ num_ctx: 8192 }, { keep_alive: '10m' });
  const before = ps(server);
  const cancel = new AbortController();
  const emit = (event: BenchmarkEvent) => {
    if (event.type === 'run_finished') cancel.abort();
  };
  await t.rejects(run([shortTest()], { signal: cancel.signal, emit }));
  t.same(ps(server), before);
});

t.test('an option that cannot be seen makes it load the model anew once, which is told', async (t) => {
  const { server, client, run } = await rig(t, { machine: { loadMs: 1100 } });
  await client({ num_ctx: 8192, num_thread: 8 });
  const events = await run([shortTest({ testId: 'one' }), shortTest({ testId: 'two' })]);
  t.equal(server.scheduler.loads, 2);
  t.match(server.ps().models, [{ context_length: 8192 }]);
  const [one, two] = finished(events);
  t.match(one?.findings, [{ code: 'model_reloaded', message: /other options than a plain request/ }]);
  t.notOk(two?.findings.some(({ code }) => code === 'model_reloaded'));
  t.ok(events.some((event) => event.type === 'log' && /reloaded the model for the first request/.test(event.line)));
});

t.test('where somebody loads it anew in the middle, what follows suits the new context', async (t) => {
  const { server, client, run } = await rig(t);
  await client({ num_ctx: 10_240 });
  const fill = (testId: string, ctxSize: number) =>
    shortTest({ testId, ctxSize, nRuns: 1, prompt: { kind: 'fill', tokens: ctxSize } });
  const events: BenchmarkEvent[] = [];
  let other: Promise<void> | undefined;
  await run([fill('small', 2048), fill('large', 8192), fill('middle', 4096)], {
    emit: (event) => {
      events.push(event);
      if (event.type === 'test_finished' && event.test.test_id === 'small') other = client({ num_ctx: 4096 });
    },
  });
  await other;
  t.same(
    finished(events).map(({ test_id, error }) => [test_id, error]),
    [
      ['small', null],
      ['middle', null],
    ],
  );
  t.match(
    events.filter(({ type }) => type === 'test_skipped'),
    [{ testId: 'large', reason: "exceeds the server's context length (4096)" }],
  );
  t.match(
    events.filter(({ type }) => type === 'context_changed'),
    [{ contextLength: 4096 }],
  );
  t.equal(server.scheduler.loads, 2, 'by its client');
});

t.test('a model that has gone before the run is not loaded for it', async (t) => {
  const { server, client, resolved } = await rig(t);
  await client({}, { keep_alive: '1m' });
  const { target } = await resolved();
  await client({}, { keep_alive: 0 });
  const events: BenchmarkEvent[] = [];
  await runBenchmark({
    server: target.server,
    model,
    plan: { mode: 'quick', tests: [shortTest()], skipped: [] },
    prompts: builtInPrompts,
    newNonce: countedNonces(),
    signal: patient,
    emit: (event) => events.push(event),
    reconnectWait: { forMs: 0, everyMs: 1 },
  });
  t.match(events, [{ type: 'log' }, { type: 'test_skipped', reason: 'model_not_loaded' }]);
  t.equal(server.scheduler.loads, 1);
});

t.test('an old release is asked by the route of OpenAI, and its expiry set back too', async (t) => {
  const { server, client, run } = await rig(t, { release: oldRelease });
  await client({}, { keep_alive: '10m' });
  const before = ps(server);
  const events = await run([shortTest()]);
  t.match(finished(events), [{ successful_runs: 2 }]);
  t.ok(server.requests.some(({ route }) => route === 'POST /v1/chat/completions'));
  t.same(ps(server), before);
});

t.test(
  'what tells its context as Ollama does and has no chat of its own is asked by the route of OpenAI',
  async (t) => {
    const { server, client, run } = await rig(t, { release: { hasChat: false } });
    await client({});
    const before = ps(server);
    const events = await run([shortTest()]);
    t.match(finished(events), [{ error: null, successful_runs: 2 }]);
    t.ok(server.requests.some(({ route }) => route === 'POST /v1/chat/completions'));
    t.same(ps(server), before);
    t.equal(server.scheduler.loads, 1);
  },
);

t.test(
  'whether it has a chat of its own is asked without naming a model: nothing is loaded or kept for that',
  async (t) => {
    const { server, client, resolved } = await rig(t);
    await client({ num_ctx: 10_240 }, { keep_alive: '10m' });
    const before = ps(server);
    const { target } = await resolved();
    const session = await target.server.openSession?.(model, patient);
    t.equal(session?.server.chat.path, '/api/chat');
    const asked = server.requests.filter(({ route }) => route === 'POST /api/chat');
    t.match(asked, [{ body: {}, loaded: false }]);
    t.same(ps(server), before);
    t.equal(server.scheduler.loads, 1);
  },
);

t.test('an engine that dies in the middle fails the test in its own words', async (t) => {
  const { client, run, server } = await rig(t, { dieAfterTokens: 2 });
  await client({});
  const [test] = finished(await run([shortTest()]));
  t.match(test, { error: 'stream_error', error_detail: /while running the model/ });
  t.equal(server.scheduler.loads, 1);
});

t.test('a server that has gone by the end is left alone', async (t) => {
  const { client, run, server } = await rig(t);
  await client({});
  const emit = (event: BenchmarkEvent) => {
    if (event.type === 'test_finished') server.stop();
  };
  await run([shortTest()], { emit });
  t.equal(server.requests.at(-1)?.route, 'POST /api/chat');
});
