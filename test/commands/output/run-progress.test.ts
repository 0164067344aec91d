import t from 'tap';
import type { BenchmarkPlan } from '../../../src/benchmark/plan.js';
import { planBenchmark } from '../../../src/benchmark/plan.js';
import { progressOn } from '../../../src/commands/output/run-progress.js';
import { failedTestResult, successfulRun, testResult } from '../../fixtures/benchmark-result.js';

const plan: BenchmarkPlan = planBenchmark({
  mode: 'quick',
  vramBytes: undefined,
  contextLength: 2048,
  timeoutMs: 1000,
});

function output(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  return { written, isTTY, columns, write: (text: string) => void written.push(text) };
}

t.test('a file gets plain lines: each test, how it went, what was skipped', async (t) => {
  const to = output(false);
  const progress = progressOn(to);
  progress.plan(plan);
  progress.event({ type: 'test_started', testId: 'a', name: 'Baseline' });
  progress.event({ type: 'live', testId: 'a', chunks: 10, chunksPerSecond: 80 });
  progress.event({ type: 'test_finished', test: testResult() });
  progress.event({ type: 'test_started', testId: 'b', name: 'Context' });
  progress.event({ type: 'log', line: 'The server went away.' });
  progress.event({ type: 'test_finished', test: failedTestResult() });
  progress.event({ type: 'test_skipped', testId: 'long_gen', reason: 'server_down' });
  progress.end();
  t.equal(
    to.written.join(''),
    [
      '[1/4] Baseline',
      '      82.5 tok/s',
      '[2/4] Context',
      'The server went away.',
      '      failed: timeout (no token for 120 s)',
      '[3/4] Long generation stress skipped: the server went away and did not come back (server_down)',
      '',
    ].join('\n'),
  );
});

t.test('a file is told which runs are extra, and what bounds them', async (t) => {
  const to = output(false);
  const progress = progressOn(to);
  progress.plan({ ...plan, extraRuns: { precision: 0.02, maxRuns: 6, extraTimeMs: 60_000 } });
  progress.event({ type: 'test_started', testId: 'a', name: 'Baseline' });
  progress.event({ type: 'extra_run_started', testId: 'a', run: 4, precision: 0.02 });
  t.equal(
    to.written.join(''),
    [
      'Tests that vary are repeated until ±2 %, up to 6 timed runs each, for 60 s at most in all.',
      '[1/4] Baseline',
      '      run 4 (extra, until ±2 %)',
      '',
    ].join('\n'),
  );
});

t.test('a terminal gets one line that is drawn over, no wider than it is', async (t) => {
  const to = output(true, 40);
  const progress = progressOn(to);
  const shown = () => to.written.at(-1)?.replace('\r\u001b[2K', '');
  progress.plan(plan);
  t.equal(shown(), `${'░'.repeat(24)} 0/4 `);
  progress.event({ type: 'test_started', testId: 'a', name: 'Baseline (short prompt) and more' });
  t.equal(shown()?.length, 39);
  progress.event({ type: 'test_finished', test: testResult() });
  t.match(shown(), /^█{6}░{18} 1\/4/);
  progress.event({ type: 'log', line: 'The server went away.' });
  t.equal(to.written.at(-2), '\r\u001b[2KThe server went away.\n', 'a line of the log stays above it');
  t.ok(to.written.slice(0, -2).every((text) => !text.includes('\n')));
  progress.end();
  t.equal(to.written.at(-1), '\r\u001b[2K', 'and leaves nothing behind');
});

t.test('what is said has a line of its own, also above a bar', async (t) => {
  for (const isTerminal of [true, false]) {
    const to = output(isTerminal);
    const progress = progressOn(to);
    progress.plan(plan);
    progress.say('Model 2 of 3: b');
    t.equal(to.written.at(-1)?.replace('\r\u001b[2K', ''), 'Model 2 of 3: b\n');
  }
});

t.test('the bar tells the speed while it is measured and after each run', async (t) => {
  const to = output(true);
  const progress = progressOn(to);
  progress.plan(plan);
  progress.event({ type: 'test_started', testId: 'a', name: 'Baseline' });
  progress.event({ type: 'live', testId: 'a', chunks: 10, chunksPerSecond: 80 });
  t.match(to.written.at(-1), 'Baseline  ~80.0 tok/s');
  progress.event({ type: 'run_finished', testId: 'a', run: 1, warmup: true, result: successfulRun({ tps: 31.2 }) });
  t.match(to.written.at(-1), 'Baseline  31.2 tok/s');
  progress.event({ type: 'extra_run_started', testId: 'a', run: 4, precision: 0.02 });
  t.match(to.written.at(-1), /Baseline, run 4 \(extra, until ±2 %\)$/);
  progress.event({ type: 'test_started', testId: 'b', name: 'Context' });
  t.match(to.written.at(-1), /Context$/);
});
