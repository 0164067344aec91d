import t from 'tap';
import { attributesOf, detailOf, testIdOf } from '../../src/runner/event-words.js';
import { failedRun, successfulRun, testResult } from '../fixtures/benchmark-result.js';

t.test('a successful run is told with its known figures', async (t) => {
  const result = successfulRun({ tps: null, ttft_s: 0.12, completion_tokens: 64 });
  const event = { type: 'run_finished', testId: 'baseline_short', run: 2, warmup: false, result } as const;
  t.equal(detailOf(event), 'run 2');
  t.same(attributesOf(event), { run: 2, warmup: false, success: true, ttftSeconds: 0.12, completionTokens: 64 });
  t.equal(testIdOf(event), 'baseline_short');
});

t.test('a failed run is told with its error and its status', async (t) => {
  const result = failedRun({ error: 'http_error', status: 503 });
  const event = { type: 'run_finished', testId: 'baseline_short', run: 1, warmup: true, result } as const;
  t.equal(detailOf(event), 'warm-up: http_error');
  t.same(attributesOf(event), { run: 1, warmup: true, success: false, error: 'http_error', status: 503 });
});

t.test('a finished test is told with how many runs it had', async (t) => {
  const event = { type: 'test_finished', test: testResult({ test_id: 'ctx_2048', avg_tps: 82.5 }) } as const;
  t.equal(testIdOf(event), 'ctx_2048');
  t.equal(detailOf(event), 'ctx_2048');
  t.match(attributesOf(event), { successfulRuns: event.test.successful_runs, avgTps: 82.5 });
});

t.test('tokens on their way are told in words', async (t) => {
  const event = { type: 'live', testId: 'baseline_short', chunks: 312, chunksPerSecond: 41.234 } as const;
  t.equal(detailOf(event), '312 chunks, 41.2 a second');
});

t.test('a line of a log is cut where it is very long', async (t) => {
  t.equal(detailOf({ type: 'log', line: 'The server is back.' }), 'The server is back.');
  const long = detailOf({ type: 'log', line: 'x'.repeat(10_000) });
  t.equal(long.length, 500);
  t.ok(long.endsWith('x…'));
  t.equal(testIdOf({ type: 'log', line: '' }), undefined);
});

t.test('a new context is told in words and as a figure', async (t) => {
  const event = { type: 'context_changed', contextLength: 4096 } as const;
  t.equal(detailOf(event), 'context of 4096 tokens');
  t.same(attributesOf(event), { contextLength: 4096 });
  t.equal(testIdOf(event), undefined);
});
