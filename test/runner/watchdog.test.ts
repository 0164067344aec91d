import t from 'tap';
import type { BenchmarkTest } from '../../src/benchmark/plan.js';
import { RunnerRecord } from '../../src/runner/runner-record.js';
import { silenceWarning } from '../../src/runner/watchdog.js';
import { ManualClock } from '../fixtures/manual-clock.js';
import { shortTest } from '../fixtures/running-test.js';

const quick = shortTest({ testId: 'baseline_short', timeoutMs: 120_000 });
const long = shortTest({ testId: 'stress', timeoutMs: 180_000 });

function watched(tests: readonly BenchmarkTest[] = [quick, long]) {
  const clock = new ManualClock(5000);
  const recordClock = { now: () => new Date(clock.nowMs()), monotonicMs: () => clock.nowMs() };
  const plan = { mode: 'quick', tests, skipped: [] } as const;
  const runner = { jobId: 'a3f1c820', pid: 77, nodeId: 'n', modelId: 'm', plan };
  const record = new RunnerRecord(runner, recordClock);
  return { clock, record, begin: (testId: string) => record.hear({ type: 'test_started', testId, name: '' }, 0) };
}

t.test('a runner may be silent for as long as its request may take, and no longer', async (t) => {
  const { clock, record, begin } = watched();
  begin('stress');
  record.hear({ type: 'phase', phase: 'decode_wait_first_token', testId: 'stress' }, clock.nowMs());
  clock.advance(180_000);
  t.equal(silenceWarning(record), undefined);
  clock.advance(1);
  const words = 'has said nothing for 180 s, in test stress, in phase decode_wait_first_token';
  t.equal(
    silenceWarning(record),
    `Runner runner-a3f1c820 ${words}: its request should have ended after 180 s at the latest.`,
  );
});

t.test('whatever it says next ends the warning', async (t) => {
  const { clock, record, begin } = watched();
  begin('baseline_short');
  clock.advance(500_000);
  t.match(silenceWarning(record), 'for 500 s, in test baseline_short');
  record.hear({ type: 'live', testId: 'baseline_short', chunks: 1, chunksPerSecond: 1 }, clock.nowMs());
  t.equal(silenceWarning(record), undefined);
});

t.test('before the first test the shortest timeout counts, from the start of the process', async (t) => {
  const { clock, record } = watched();
  clock.advance(120_001);
  t.match(silenceWarning(record), 'for 120 s, before or between tests, in phase created');
});

t.test('while a server that went away is waited for, that wait is allowed for', async (t) => {
  const { clock, record } = watched();
  record.hear({ type: 'phase', phase: 'connect_group' }, clock.nowMs());
  clock.advance(150_000);
  t.equal(silenceWarning(record), undefined);
  clock.advance(1);
  t.match(silenceWarning(record), 'after 150 s at the latest');
});

t.test('a short silence is told to a tenth of a second', async (t) => {
  const { clock, record, begin } = watched([shortTest({ testId: 'baseline_short', timeoutMs: 1500 })]);
  begin('baseline_short');
  clock.advance(2500);
  t.match(
    silenceWarning(record),
    'for 2.5 s, in test baseline_short, in phase created: its request should have ended after 1.5 s',
  );
});

t.test('of a dead runner nobody expects a word, nor of one with nothing to do', async (t) => {
  const { clock, record, begin } = watched();
  begin('stress');
  record.exited({ exitCode: 1, signal: undefined });
  clock.advance(10_000_000);
  t.equal(silenceWarning(record), undefined);
  const idle = watched([]);
  idle.clock.advance(10_000_000);
  t.equal(silenceWarning(idle.record), undefined);
});
