import t from 'tap';
import { endedJob, pendingJob, startedJob } from '../../../src/jobs/job.js';
import { benchmarkResult, failedTestResult } from '../../fixtures/benchmark-result.js';
import { metricsBench } from '../../fixtures/metrics-bench.js';

const failedLater = benchmarkResult({ finished_at: '2026-11-21T14:35:00.500Z', benchmarks: [failedTestResult()] });

t.test('a success is told with its time', async (t) => {
  const { metrics, value } = metricsBench(t);
  metrics.observeResult(benchmarkResult());
  t.equal(await value('typhon_benchmark_success'), 1);
  const endedAt = Date.parse('2026-11-21T14:31:20.456Z') / 1000;
  t.equal(await value('typhon_benchmark_last_run_timestamp_seconds'), endedAt);
  t.equal(await value('typhon_benchmark_last_success_timestamp_seconds'), endedAt);
});

t.test('a failed run keeps the last good figures and when they were had', async (t) => {
  const { metrics, value } = metricsBench(t);
  metrics.observeResult(benchmarkResult());
  metrics.observeResult(failedLater);
  t.equal(await value('typhon_benchmark_success'), 0);
  t.equal(await value('typhon_benchmark_tokens_per_second'), 82.5);
  t.equal(await value('typhon_benchmark_last_run_timestamp_seconds'), Date.parse('2026-11-21T14:35:00.500Z') / 1000);
  t.equal(
    await value('typhon_benchmark_last_success_timestamp_seconds'),
    Date.parse('2026-11-21T14:31:20.456Z') / 1000,
  );
});

t.test('a test that never succeeded has no time of success', async (t) => {
  const { metrics, value, read } = metricsBench(t);
  metrics.observeResult(failedLater);
  t.equal(await value('typhon_benchmark_success'), 0);
  t.same(await read('typhon_benchmark_last_success_timestamp_seconds'), []);
  t.same(await read('typhon_benchmark_tokens_per_second'), []);
});

t.test('each failed result in a row counts', async (t) => {
  const { metrics, value } = metricsBench(t);
  const failedAt = (time: string) =>
    metrics.observeResult(benchmarkResult({ finished_at: time, benchmarks: [failedTestResult()] }));
  const failures = () => value('typhon_benchmark_consecutive_failures');
  failedAt('2026-11-21T14:35:00.500Z');
  t.equal(await failures(), 1);
  failedAt('2026-11-21T14:36:00.500Z');
  t.equal(await failures(), 2, 'at which an alert fires');
  failedAt('2026-11-21T14:37:00.500Z');
  t.equal(await failures(), 3);
});

t.test('failures in a row are counted, whether a test or its whole run failed, until a success', async (t) => {
  const { metrics, value, store, world } = metricsBench(t);
  const failures = () => value('typhon_benchmark_consecutive_failures');
  metrics.observeResult(benchmarkResult());
  t.equal(await failures(), 0);
  metrics.observeResult(failedLater);
  t.equal(await failures(), 1);
  const job = startedJob(pendingJob('0000000a', { mode: 'quick', trigger: 'api' }, world.now), world.now);
  await store.put(job);
  await store.put(endedJob(job, { status: 'error', error: 'connection_refused' }, world.now));
  t.equal(await failures(), 2);
  metrics.observeResult(benchmarkResult({ finished_at: '2026-11-21T14:50:00.000Z' }));
  t.equal(await failures(), 0);
});
