import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { planBenchmark } from '../../src/benchmark/plan.js';
import { diskFileSystem, type FileSystem } from '../../src/chronicle/file-system.js';
import { recordResult } from '../../src/chronicle/record.js';
import { rowsOf } from '../../src/chronicle/row.js';
import { listRunIds } from '../../src/chronicle/run-folder.js';
import { checkStorage, clearStaleFiles, type StoragePaths } from '../../src/chronicle/storage.js';
import { Checkpoints } from '../../src/jobs/checkpoint.js';
import { recoverRecordedJobs } from '../../src/jobs/crash-recovery.js';
import { benchmarkResult, failedTestResult, testResult } from '../fixtures/benchmark-result.js';
import { jobBench } from '../fixtures/job-bench.js';
import { jobSubject } from '../fixtures/job-subject.js';

const api = { mode: 'quick', trigger: 'api' } as const;
const now = () => new Date('2026-11-22T00:00:00Z');
const earlier = benchmarkResult({
  run_id: '2026-11-21_08-00-00.000_00000001',
  job_id: '00000001',
  finished_at: '2026-11-21T08:01:00.000Z',
});

/** A storage path with a job that runs and an earlier run; `recover` is the next start. */
async function died(t: Test) {
  const before = jobBench(t);
  t.teardown(() => before.queue.stop('test'));
  const { paths } = before;
  await checkStorage(paths, { minFreeBytes: 0 });
  await recordResult(earlier, paths);
  const { job_id: jobId } = await before.queue.submit(api, 'queue');
  await before.begin(0);
  const result = benchmarkResult({
    job_id: jobId,
    run_id: `2026-11-21_14-30-45.123_${jobId}`,
    benchmarks: [testResult(), failedTestResult({ test_id: 'long_gen' }), testResult({ test_id: 'ctx_sweep_2048' })],
  });
  const recover = async () => {
    await clearStaleFiles(paths);
    const { store, logger, logged } = jobBench(t, { root: paths.root });
    await store.restore(logger, new Date());
    await recoverRecordedJobs({ store, paths, now, logger });
    return { job: store.get(jobId), logged };
  };
  return { paths, jobId, result, recover };
}

/** What a whole record leaves behind. */
async function recordOf(paths: StoragePaths) {
  return {
    chronicle: await readFile(paths.chronicle, 'utf8'),
    lastRun: await readFile(paths.lastRun, 'utf8'),
    runs: await listRunIds(paths),
  };
}

/** A disk that takes so many operations of a process before the process is gone. */
function dyingAfter(operations: number): FileSystem {
  let left = operations;
  const alive = () => {
    left -= 1;
    if (left < 0) throw new Error('killed');
  };
  const watched = <T extends object>(object: T): T =>
    new Proxy(object, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]) => {
          if (key !== 'close') alive();
          const answer: unknown = await Reflect.apply(value, target, args);
          return key === 'open' ? watched(answer as object) : answer;
        };
      },
    });
  return watched({ ...diskFileSystem });
}

t.test(
  'wherever in its record the agent dies: nothing of it, and the job is interrupted, or all of it, and done',
  async (t) => {
    const whole = await died(t);
    await recordResult(whole.result, whole.paths);
    const { runs: wholeRuns, ...rest } = await recordOf(whole.paths);
    const expected = JSON.stringify(rest).replaceAll(whole.jobId, '<job>');
    const ends = new Set<string>();
    let operations = 0;
    for (let done = false; !done; operations += 1) {
      const { paths, jobId, result, recover } = await died(t);
      done = await recordResult(result, paths, dyingAfter(operations)).then(
        () => true,
        () => false,
      );
      const { job } = await recover();
      const { runs, ...found } = await recordOf(paths);
      if (runs.length === 1) {
        t.equal(job?.status, 'running', `nothing of it after ${operations} operations: to be interrupted`);
        t.same(runs, [earlier.run_id]);
        t.equal(
          found.chronicle,
          rowsOf(earlier)
            .map((row) => `${JSON.stringify(row)}\n`)
            .join(''),
        );
      } else {
        t.match(job, { status: 'done', run_id: result.run_id, finished_at: result.finished_at });
        t.equal(runs.length, wholeRuns.length);
        t.ok(JSON.stringify(found).replaceAll(jobId, '<job>') === expected, `all of it after ${operations} operations`);
      }
      ends.add(String(job?.status));
    }
    t.same([...ends].sort(), ['done', 'running'], 'both were met');
  },
);

t.test('a job without a result is known with what it had finished, and of which server', async (t) => {
  const { paths, jobId, recover } = await died(t);
  const plan = planBenchmark({ mode: 'quick', contextLength: 16_384, vramBytes: undefined, timeoutMs: 120_000 });
  await new Checkpoints(paths.checkpoints).write({
    job_id: jobId,
    subject: jobSubject,
    plan: { ...plan, tests: [...plan.tests], skipped: [] },
    tests: [testResult()],
    skipped: [{ test_id: 'ctx_sweep_2048', reason: 'server_down' }],
    model_load_s: null,
    segments: [],
  });
  const { job } = await recover();
  t.match(job, {
    status: 'running',
    target: 'here',
    model: 'llama',
    requested: { target: null, model: null },
    progress: { done: 2, total: plan.tests.length, current_test: null },
  });
});

t.test('rows that were written in part are completed, each once', async (t) => {
  const { paths, result, recover } = await died(t);
  await recordResult(result, paths);
  const [first = '', second = ''] = rowsOf(result).map((row) => `${JSON.stringify(row)}\n`);
  const before = rowsOf(earlier)
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('');
  await writeFile(paths.chronicle, before + first + second.slice(0, 40));
  await writeFile(paths.lastRun, JSON.stringify(earlier));
  const { job } = await recover();
  t.match(job, { status: 'done', progress: { done: 3, total: 3, current_test: null } });
  t.equal(await readFile(paths.chronicle, 'utf8'), `${before}${first}${second.slice(0, 40)}\n${second}`);
  t.match(JSON.parse(await readFile(paths.lastRun, 'utf8')), { run_id: result.run_id });
});

t.test('a run that typhon run recorded since then stays the last one, unless its clock was ahead', async (t) => {
  for (const [finishedAt, stays] of [
    ['2026-11-21T15:00:00.000Z', true],
    ['2031-01-01T00:00:00.000Z', false],
  ] as const) {
    const { paths, result, recover } = await died(t);
    await recordResult(result, paths);
    const other = benchmarkResult({
      job_id: '0000000f',
      run_id: '2026-11-21_15-00-00.000_0000000f',
      finished_at: finishedAt,
    });
    await recordResult(other, paths);
    t.match((await recover()).job, { status: 'done' });
    const last = JSON.parse(await readFile(paths.lastRun, 'utf8'));
    t.equal(last.run_id, stays ? other.run_id : result.run_id, finishedAt);
  }
});

t.test('where the folder was taken away the last run tells that the job is done', async (t) => {
  const { paths, result, recover } = await died(t);
  await recordResult(result, paths);
  await rm(join(paths.runs, result.run_id), { recursive: true });
  t.match((await recover()).job, { status: 'done', run_id: result.run_id });
});

t.test('a result that cannot be read leaves its job to be interrupted, and is told of', async (t) => {
  const { paths, result, recover, jobId } = await died(t);
  await recordResult(result, paths);
  await appendFile(join(paths.runs, result.run_id, 'result.json'), '}');
  const { job, logged } = await recover();
  t.equal(job?.status, 'running');
  t.match(logged, [{ level: 50, job_id: jobId, err: { code: 'corrupt' } }]);
});
