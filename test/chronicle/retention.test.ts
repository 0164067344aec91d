import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { applyRetention, expiredRuns } from '../../src/chronicle/retention.js';
import { listRunIds, readRun, writeRunFolder } from '../../src/chronicle/run-folder.js';
import { runIdOf } from '../../src/chronicle/run-id.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { endedJob, pendingJob } from '../../src/jobs/job.js';
import { JobStore } from '../../src/jobs/job-store.js';
import { createLogger } from '../../src/logger.js';
import { benchmarkResult } from '../fixtures/benchmark-result.js';

const DAY_MS = 86_400_000;
const now = new Date('2026-11-21T12:00:00.000Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * DAY_MS);
const rules = { runsMs: 90 * DAY_MS, keepAtLeast: 2 };
const idOf = (days: number) => runIdOf(daysAgo(days), String(days).padStart(8, '0'));
const nobody = () => false;

t.test('runs beyond the age go, the newest ones stay however old', async (t) => {
  t.same(expiredRuns([1, 50, 92, 200].map(idOf), rules, now, nobody), [92, 200].map(idOf));
  t.same(expiredRuns([100, 150, 200].map(idOf), rules, now, nobody), [200].map(idOf));
  t.same(expiredRuns([100, 200].map(idOf), rules, now, nobody), []);
  t.same(expiredRuns([], rules, now, nobody), []);
});

t.test('a preserved run stays', async (t) => {
  t.same(
    expiredRuns([1, 2, 100, 200].map(idOf), rules, now, (job) => job === '00000100'),
    [200].map(idOf),
  );
});

t.test('a clock that jumps ten years ahead makes no run old', async (t) => {
  t.same(expiredRuns([1, 2, 30].map(idOf), rules, daysAgo(-3650), nobody), []);
});

/** Runs of so many days ago, each with its job and log. */
async function recorded(t: Test, days: readonly number[], preserved: readonly number[] = []) {
  const paths = storagePaths(t.testdir({}));
  await checkStorage(paths, { minFreeBytes: 0 });
  const store = new JobStore(paths);
  for (const age of [...days].sort((a, b) => b - a)) {
    const jobId = String(age).padStart(8, '0');
    const run_id = idOf(age);
    await writeRunFolder(benchmarkResult({ run_id, job_id: jobId }), paths);
    const pending = pendingJob(jobId, { mode: 'quick', trigger: 'api' }, daysAgo(age));
    const job = endedJob(pending, { status: 'done', runId: run_id }, daysAgo(age));
    await store.put({ ...job, preserved: preserved.includes(age) });
    await writeFile(join(paths.logs, `${jobId}.log`), 'line\n');
  }
  return { paths, store };
}

t.test('takes folder, job and log of old runs and leaves the rest whole', async (t) => {
  const { paths, store } = await recorded(t, [1, 2, 80, 95, 120], [120]);
  const removed = await applyRetention({ paths, jobs: store, rules, now });
  t.same(removed, { runIds: [idOf(95)], jobIds: ['00000095'] });
  t.same(await listRunIds(paths), [1, 2, 80, 120].map(idOf));
  t.equal((await readRun(idOf(120), paths)).run_id, idOf(120));
  t.equal(store.get('00000095'), undefined);
  t.ok(store.get('00000120')?.preserved);
  const names = ['00000001', '00000002', '00000080', '00000120'];
  t.same(
    (await readdir(paths.jobs)).sort(),
    names.map((name) => `${name}.json`),
  );
  t.same(
    (await readdir(paths.logs)).filter((name) => name.endsWith('.log')).sort(),
    names.map((name) => `${name}.log`),
  );
  t.same(await applyRetention({ paths, jobs: store, rules, now }), { runIds: [], jobIds: [] }, 'nothing more');
});

t.test('failed jobs, which have no run, go with their logs; active ones stay', async (t) => {
  const { paths, store } = await recorded(t, [1, 2]);
  const pending = pendingJob('ffffffff', { mode: 'quick', trigger: 'api' }, daysAgo(200));
  const waiting = pendingJob('eeeeeeee', { mode: 'quick', trigger: 'api' }, daysAgo(200));
  const failed = endedJob(pending, { status: 'error', error: 'timeout' }, daysAgo(200));
  // In the order in which they were made, as a restart finds them.
  const restarted = new JobStore(paths);
  await store.put(failed);
  await store.put(waiting);
  await restarted.restore(
    await createLogger({ level: 'silent', format: 'json', destination: process.stderr, colour: false }),
    now,
  );
  const removed = await applyRetention({ paths, jobs: restarted, rules, now });
  t.same(removed, { runIds: [], jobIds: ['ffffffff'] });
  t.ok(restarted.get('eeeeeeee'));
});

t.test('a run whose job cannot be read is kept: it may be preserved', async (t) => {
  const { paths } = await recorded(t, [1, 2, 100, 200]);
  await writeFile(join(paths.jobs, '00000100.json'), 'junk');
  await mkdir(join(paths.runs, 'not-a-run'));
  const store = new JobStore(paths);
  await store.restore(
    await createLogger({ level: 'silent', format: 'json', destination: process.stderr, colour: false }),
    now,
  );
  t.same((await applyRetention({ paths, jobs: store, rules, now })).runIds, [idOf(200)]);
  t.ok((await readdir(paths.runs)).includes('not-a-run'), 'nothing that is no run is touched');
});
