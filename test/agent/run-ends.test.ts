import t from 'tap';
import { RunEnds } from '../../src/agent/run-ends.js';
import type { BenchmarkResult } from '../../src/benchmark/result.js';
import { configSchema } from '../../src/config/schema.js';
import { type EndedJob, endedJob, type JobEnd, pendingJob, startedJob } from '../../src/jobs/job.js';
import type { EndedRun } from '../../src/metrics/target-prober.js';
import { benchmarkResult, failedTestResult, testResult } from '../fixtures/benchmark-result.js';

const NOON = new Date('2026-11-28T12:00:00.000Z');
const lostRequest = { success: false, error: 'connection_reset' } as const;

function ended(end: JobEnd, target: string | undefined = 'box'): EndedJob {
  const asked = pendingJob('a3f1c820', { mode: 'quick', trigger: 'api', target }, NOON);
  return endedJob(startedJob(asked, NOON), end, NOON);
}

function ends({ targets = [{ name: 'box', url: 'http://127.0.0.1:8080' }] } = {}) {
  const looks: EndedRun[] = [];
  const config = configSchema.parse({ targets });
  const runEnds = new RunEnds({ targets: () => config.targets, prober: { runEnded: (run) => void looks.push(run) } });
  /** What the prober is told of a run with that result. */
  const lookAfter = (result: BenchmarkResult) => {
    runEnds.recorded(result);
    runEnds.jobEnded(ended({ status: 'done', runId: result.run_id }));
    return looks.at(-1);
  };
  return { runEnds, looks, lookAfter };
}

t.test('a run whose server went away has it looked at, the run after it not', async (t) => {
  const { lookAfter, looks } = ends();
  const lost = benchmarkResult({ run_id: 'one', skipped: [{ test_id: 'long_gen', reason: 'server_down' }] });
  t.same(lookAfter(lost), { target: 'box', isLost: true });
  t.same(lookAfter(benchmarkResult({ run_id: 'two' })), { target: 'box', isLost: false });
  t.equal(looks.length, 2, 'once for each');
});

t.test('a server may go away in the last test; one that was back for the last is not lost', async (t) => {
  const { lookAfter } = ends();
  const lost = failedTestResult({ runs: [lostRequest] });
  const lostInWarmup = failedTestResult({ warmup_run: lostRequest, runs: [] });
  const whole = testResult();
  t.match(lookAfter(benchmarkResult({ run_id: '1', benchmarks: [whole, lost] })), { isLost: true });
  t.match(lookAfter(benchmarkResult({ run_id: '2', benchmarks: [whole, lostInWarmup] })), { isLost: true });
  t.match(lookAfter(benchmarkResult({ run_id: '3', benchmarks: [lost, whole] })), { isLost: false });
  const skipped = [{ test_id: 'long_gen', reason: 'model_not_loaded' }];
  t.match(lookAfter(benchmarkResult({ run_id: '4', skipped })), { isLost: false }, 'it answered');
});

t.test('so has one that failed as a whole, whatever its target was called when it was asked for', async (t) => {
  const { runEnds, looks } = ends();
  const failed = { status: 'error', error: 'connection_refused' } as const;
  for (const target of ['box', 'http://127.0.0.1:8080/v1', 'http://127.0.0.1:9090', 'http://[']) {
    runEnds.jobEnded(ended(failed, target));
  }
  runEnds.jobEnded({ ...ended(failed), target: null });
  t.same(
    looks.map(({ target }) => target),
    ['box', 'box', 'http://127.0.0.1:9090', 'http://[', 'box'],
  );
  t.ok(looks.every(({ isLost }) => isLost));
  const discovering = ends({ targets: [] });
  discovering.runEnds.jobEnded({ ...ended(failed), target: null });
  t.same(discovering.looks, [{ target: 'local', isLost: true }]);
});

t.test('one that somebody ended says nothing of its server', async (t) => {
  const { runEnds, looks } = ends();
  runEnds.jobEnded(ended({ status: 'cancelled' }));
  runEnds.jobEnded(ended({ status: 'interrupted', reason: 'the agent ended' }));
  t.same(looks, []);
});
