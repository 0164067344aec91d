import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import type { BenchmarkEvent } from '../../src/benchmark/benchmark-event.js';
import { monotonicMs } from '../../src/benchmark/clock.js';
import type { BenchmarkTest } from '../../src/benchmark/plan.js';
import { builtInPrompts } from '../../src/benchmark/prompts.js';
import { createLogger } from '../../src/logger.js';
import { forkRunner, type Runner, startRunner } from '../../src/runner/supervisor.js';
import type { FakeLlmOptions } from '../fixtures/fake-llm/options.js';
import { type FakeLlmServer, startFakeLlmServer } from '../fixtures/fake-llm-server.js';
import { firstPhases } from '../fixtures/first-phases.js';
import { gone, isGone } from '../fixtures/process-end.js';
import { promptOf, shortTest } from '../fixtures/running-test.js';

async function fakeServer(t: Test, options: FakeLlmOptions = {}): Promise<FakeLlmServer> {
  const fake = await startFakeLlmServer({ ttftMs: 0, tokenGapMs: 0, ...options });
  t.teardown(() => fake.close());
  return fake;
}

interface Started {
  readonly runner: Runner;
  readonly events: { readonly event: BenchmarkEvent; readonly atMs: number }[];
}

function phasesOf(events: Started['events']): string[] {
  return events.flatMap(({ event }) => (event.type === 'phase' ? [event.phase] : []));
}

interface Start {
  readonly tests: BenchmarkTest[];
  readonly apiKey?: string;
  readonly program?: string;
}

/** The built one starts in a fraction of the time that the loader of TypeScript takes. */
const built = fileURLToPath(new URL('../../dist/runner/child.cjs', import.meta.url));

/** Starts the real runner on a fake server. */
async function started(t: Test, fake: FakeLlmServer, { tests, apiKey, program }: Start): Promise<Started> {
  const events: Started['events'] = [];
  const server = { kind: 'llama.cpp' as const, name: 'llama.cpp', version: 'b1', apiBase: fake.url, apiKey };
  const loaders = process.execArgv;
  if (program === built) process.execArgv = [];
  const logger = await createLogger({ level: 'silent', format: 'json', destination: process.stderr });
  const runner = startRunner({
    assignment: {
      server,
      model: 'fake-model',
      plan: { mode: 'quick', tests, skipped: [] },
      prompts: builtInPrompts,
    },
    cancelGraceMs: 60_000,
    process: forkRunner(program),
    logger,
    onEvent: (event, atMs) => events.push({ event, atMs }),
  });
  process.execArgv = loaders;
  t.teardown(() => {
    if (!isGone(runner.pid)) process.kill(runner.pid ?? 0, 'SIGKILL');
  });
  return { runner, events };
}

t.test('runs its plan with what it is given and tells all of it, stamped on the clock of the machine', async (t) => {
  const fake = await fakeServer(t, { apiKey: 'secret', timings: { factor: 1 } });
  const beforeMs = monotonicMs();
  const { runner, events } = await started(t, fake, { tests: [shortTest({ nRuns: 2 })], apiKey: 'secret' });
  t.same(await runner.ended, { status: 'finished' });
  const afterMs = monotonicMs();
  const stamps = events.map(({ atMs }) => atMs);
  t.same(
    stamps,
    stamps.toSorted((a, b) => a - b),
    'in order',
  );
  t.ok((stamps[0] ?? 0) > beforeMs && (stamps.at(-1) ?? Number.NaN) < afterMs, 'between start and end as seen here');
  t.same(phasesOf(events), [
    ...firstPhases,
    'prompt_build',
    'decode_wait_first_token',
    'decode_stream',
    'parser',
    'completion',
    'idle',
  ]);
  const finished = events.flatMap(({ event }) => (event.type === 'test_finished' ? [event] : []));
  t.equal(finished.length, 1);
  t.match(finished[0]?.test, {
    test_id: 'baseline_short',
    successful_runs: 1,
    runs: [{ server_timings: { predicted_n: 5 }, completion_tokens: 5 }],
  });
  const [, , timed] = fake.chatRequests;
  t.ok((finished[0]?.window?.startMs ?? 0) < (timed?.receivedMs ?? Number.NaN), 'windows are on that clock as well');
  t.ok((finished[0]?.window?.endMs ?? 0) > (timed?.events.at(-1)?.sentMs ?? Number.NaN));
  t.match(fake.chatRequests[1]?.body, { cache_prompt: false, ignore_eos: true, max_tokens: 5 });
  const nonces = fake.chatRequests.map((request) => promptOf(request).slice(0, 16));
  t.equal(new Set(nonces).size, 3, 'each request has its own nonce');
  for (const nonce of nonces) t.match(nonce, /^[0-9a-f]{16}$/);
});

t.test('leaves Ctrl-C to its parent, and stops at once in the middle of a stream when that says so', async (t) => {
  const fake = await fakeServer(t, { faults: [null, { kind: 'stall', afterTokens: 2 }] });
  const { runner, events } = await started(t, fake, { tests: [shortTest(), shortTest({ testId: 'long_gen' })] });
  await fake.until(() => fake.chatRequests[1]?.events.some((event) => event.kind === 'content') === true);
  process.kill(runner.pid ?? 0, 'SIGINT');
  runner.cancel();
  t.same(await runner.ended, { status: 'cancelled' });
  t.same(await runner.exited, { exitCode: 0, signal: undefined }, 'by itself');
  await fake.until(() => fake.chatRequests[1]?.abandonedMs !== undefined);
  t.same(phasesOf(events).slice(-2), ['cancel_observed', 'shutdown_cleanup']);
  t.notOk(events.some(({ event }) => event.type === 'test_finished'));
});

t.test('ended by hand it is a crash', async (t) => {
  const fake = await fakeServer(t, { faults: [null, { kind: 'stall' }] });
  const { runner } = await started(t, fake, { tests: [shortTest()], program: built });
  await fake.until(() => fake.chatRequests.length === 2);
  process.kill(runner.pid ?? 0, 'SIGTERM');
  t.same(await runner.ended, {
    status: 'crashed',
    message: 'the runner ended with exit code 143',
    exitCode: 143,
    signal: undefined,
  });
});

t.test('ends itself when its parent is killed', async (t) => {
  const fake = await fakeServer(t, { faults: [null, { kind: 'stall', afterTokens: 1 }] });
  const program = fileURLToPath(new URL('../fixtures/runner-programs/orphaning-parent.mjs', import.meta.url));
  const parent = fork(program, [fake.url], { execArgv: [] });
  t.teardown(() => parent.kill('SIGKILL'));
  const [pid] = (await once(parent, 'message')) as [number];
  t.teardown(() => {
    if (!isGone(pid)) process.kill(pid, 'SIGKILL');
  });
  await fake.until(() => fake.chatRequests.length === 2);
  t.notOk(isGone(pid), 'it is at work');
  parent.kill('SIGKILL');
  await gone(pid);
  await fake.until(() => fake.chatRequests[1]?.abandonedMs !== undefined);
  t.ok(isGone(pid));
});

t.test('a message that it cannot read is its end, with words', async (t) => {
  const child = fork(built, { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let words = '';
  child.stderr?.on('data', (piece) => {
    words += piece;
  });
  child.send({ type: 'start', assignment: { model: 7 } });
  const [exitCode] = await once(child, 'close');
  t.not(exitCode, 0);
  t.match(words, /ZodError/);
});
