import t from 'tap';
import { type ExtraRunStarted, requestLine } from '../../src/jobs/request-line.js';
import { failedRun, successfulRun } from '../fixtures/benchmark-result.js';

const finished = { type: 'run_finished', testId: 'a', run: 2, warmup: false } as const;
const extra: ExtraRunStarted = { type: 'extra_run_started', testId: 'a', run: 4, precision: 0.02 };

t.test('a run beyond the plan is marked as one, the runs before it are not', async (t) => {
  const result = successfulRun({ tps: 80.25, ttft_s: 0.1, prompt_tokens: 20, completion_tokens: 64 });
  const line = (run: number) => requestLine({ ...finished, run, result }, extra);
  t.equal(
    line(4),
    '      run 4 (extra, until ±2 %): 80.3 tok/s, first token after 100.0 ms, 20 prompt tokens, 64 tokens',
  );
  t.match(line(3), /^ {6}run 3: 80\.3 tok\/s/);
});

t.test('a warm-up is marked as one; what failed says why', async (t) => {
  const result = failedRun({ error: 'http_error', error_detail: 'busy' });
  t.equal(requestLine({ ...finished, run: 1, warmup: true, result }, undefined), '      warm-up: http_error (busy)');
});
