import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { endRecordedJob } from '../../src/jobs/crash-recovery.js';
import { benchmarkResult } from '../fixtures/benchmark-result.js';
import { jobBench } from '../fixtures/job-bench.js';

const api = { mode: 'quick', trigger: 'api' } as const;

t.test('the job whose result is recorded whole is done, whatever its own file says; the others are not', async (t) => {
  const before = jobBench(t);
  const running = await before.queue.submit(api, 'queue');
  await before.begin(0);
  const waiting = await before.queue.submit(api, 'queue');

  const { store, paths, logger } = jobBench(t, { root: before.paths.root });
  await store.restore(logger);
  await endRecordedJob(store, undefined);
  await endRecordedJob(store, benchmarkResult({ job_id: '00000000' }));
  await endRecordedJob(store, benchmarkResult({ job_id: waiting.job_id }));
  t.same(
    store.active().map(({ status }) => status),
    ['running', 'pending'],
  );
  const lastRun = benchmarkResult({ job_id: running.job_id });
  await endRecordedJob(store, lastRun);
  const tests = lastRun.benchmarks.length;
  const done = {
    status: 'done',
    run_id: lastRun.run_id,
    finished_at: lastRun.finished_at,
    progress: { done: tests, total: tests, current_test: null },
  };
  t.match(store.get(running.job_id), done);
  t.match(JSON.parse(readFileSync(join(paths.jobs, `${running.job_id}.json`), 'utf8')), done);
  t.equal(store.get(waiting.job_id)?.status, 'pending');
  await before.queue.stop('test');
});
