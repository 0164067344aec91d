import t from 'tap';
import type { BenchmarkEvent } from '../../src/benchmark/benchmark-event.js';
import { requestErrors } from '../../src/benchmark/client/failure.js';
import { aggregateTest } from '../../src/benchmark/figures/aggregate.js';
import { runnerPhases } from '../../src/benchmark/phase.js';
import { runFlags, tokenCountSources } from '../../src/benchmark/result.js';
import { type RunnerMessage, runnerMessageSchema } from '../../src/runner/protocol.js';
import { failedRun, successfulRun, testResult } from '../fixtures/benchmark-result.js';
import { shortTest } from '../fixtures/running-test.js';

/** As the channel between the processes carries it. */
function carried(message: unknown): unknown {
  return JSON.parse(JSON.stringify(message));
}

const window = { startMs: 5_000_000.125, endMs: 5_001_000.25 };

const events: readonly BenchmarkEvent[] = [
  ...runnerPhases.map((phase) => ({ type: 'phase' as const, phase })),
  { type: 'phase', phase: 'connect_group', detail: 'http://127.0.0.1:8080' },
  { type: 'phase', phase: 'warmup', testId: 'baseline_short' },
  { type: 'log', line: 'The server is back. 🙂' },
  { type: 'test_started', testId: 'long_gen', name: 'Long generation stress' },
  { type: 'live', testId: 'long_gen', chunks: 312, chunksPerSecond: 81.25 },
  { type: 'run_finished', testId: 'long_gen', run: 1, warmup: true, result: successfulRun() },
  ...requestErrors.map((error) => ({
    type: 'run_finished' as const,
    testId: 'long_gen',
    run: 2,
    warmup: false,
    result: failedRun({ error, status: 500 }),
  })),
  { type: 'run_finished', testId: 'long_gen', run: 2, warmup: false, result: { success: false, error: 'cancelled' } },
  ...tokenCountSources.map((source) => ({
    type: 'run_finished' as const,
    testId: 'long_gen',
    run: 3,
    warmup: false,
    result: successfulRun({
      tps: null,
      ttft_s: null,
      ttft_answer_s: null,
      tpot_s: null,
      prefill_tps: null,
      decode_s: null,
      itl_p50_s: null,
      itl_p95_s: null,
      itl_p99_s: null,
      prompt_tokens: null,
      cached_tokens: null,
      token_count_source: source,
      server_timings: null,
      flags: [...runFlags],
    }),
  })),
  { type: 'test_finished', test: testResult(), window },
  {
    type: 'test_finished',
    test: aggregateTest({ test: shortTest(), warmup: failedRun(), waves: [], aggregateTps: undefined }),
  },
  { type: 'test_skipped', testId: 'zeus_262144', reason: 'server_down' },
];

t.test('every event survives the channel unchanged', async (t) => {
  for (const event of events) {
    const message: RunnerMessage = { type: 'event', atMs: 5_000_000.5, event };
    t.same(runnerMessageSchema.parse(carried(message)), carried(message), event.type);
  }
});

t.test('every other message of the runner does as well', async (t) => {
  const messages: readonly RunnerMessage[] = [
    { type: 'finished' },
    { type: 'cancelled' },
    { type: 'failed', message: 'Error: out of memory\n    at …' },
  ];
  for (const message of messages) t.same(runnerMessageSchema.parse(carried(message)), message, message.type);
});

t.test('what is not of the protocol is refused', async (t) => {
  const event = (fields: unknown) => ({ type: 'event', atMs: 1, event: fields });
  const bad: Record<string, unknown> = {
    nothing: undefined,
    'no object': 'finished',
    'an unknown type': { type: 'done' },
    'a failure without words': { type: 'failed' },
    'an event without a stamp': { type: 'event', event: { type: 'log', line: '' } },
    'a stamp that is no number': { type: 'event', atMs: null, event: { type: 'log', line: '' } },
    'an unknown event': event({ type: 'progress' }),
    'an unknown phase': event({ type: 'phase', phase: 'thinking' }),
    'a run without a result': event({ type: 'run_finished', testId: 'a', run: 1, warmup: true }),
    'an unknown error': event({
      type: 'run_finished',
      testId: 'a',
      run: 1,
      warmup: true,
      result: { success: false, error: 'oops' },
    }),
    'a count that is no integer': event({
      type: 'run_finished',
      testId: 'a',
      run: 1,
      warmup: true,
      result: successfulRun({ completion_tokens: 1.5 }),
    }),
    'a test without a figure': event({ type: 'test_finished', test: { ...testResult(), avg_tps: undefined } }),
    'half a window': event({ type: 'test_finished', test: testResult(), window: { startMs: 1 } }),
  };
  for (const [name, message] of Object.entries(bad)) t.notOk(runnerMessageSchema.safeParse(message).success, name);
});

t.test('keeps the names of the phases that other engines share', async (t) => {
  t.equal(runnerPhases.length, 22);
  t.equal(new Set(runnerPhases).size, 22);
});
