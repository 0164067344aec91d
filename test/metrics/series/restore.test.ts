import { mkdirSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { damagedLines } from '../../../src/chronicle/chronicle-line.js';
import { readTail } from '../../../src/chronicle/chronicle-tail.js';
import { recordResult } from '../../../src/chronicle/record.js';
import { readLastRun, readRun } from '../../../src/chronicle/run-folder.js';
import type { StoragePaths } from '../../../src/chronicle/storage.js';
import { StorageError } from '../../../src/chronicle/storage-error.js';
import { endedJob, pendingJob } from '../../../src/jobs/job.js';
import type { RestoreSources } from '../../../src/metrics/series/restore.js';
import { benchmarkResult, failedTestResult, gpuStats, testResult } from '../../fixtures/benchmark-result.js';
import { historyRow } from '../../fixtures/history.js';
import { metricsBench } from '../../fixtures/metrics-bench.js';

function filesOf(paths: StoragePaths): Pick<RestoreSources, 'lastRun' | 'rows' | 'run'> {
  return {
    lastRun: () => readLastRun(paths),
    rows: async () => {
      const { rows, report } = await readTail(paths.chronicle, { rows: 2000 });
      return { rows, damagedLines: damagedLines(report) };
    },
    run: (runId) => readRun(runId, paths),
  };
}

const none: Pick<RestoreSources, 'lastRun' | 'rows' | 'run'> = {
  lastRun: async () => undefined,
  rows: async () => ({ rows: [], damagedLines: 0 }),
  run: async () => {
    throw new StorageError('gone', { code: 'not_found', path: '' });
  },
};

const older = benchmarkResult({
  run_id: '2026-11-21_10-00-00.000_00000001',
  job_id: '00000001',
  finished_at: '2026-11-21T10:01:00.000Z',
  model: 'another',
  benchmarks: [testResult({ avg_tps: 40, gpu_stats: gpuStats() })],
});
const newer = benchmarkResult({ benchmarks: [testResult(), failedTestResult({ test_id: 'stress' })] });

t.test('after a restart a scrape shows what it showed before, but for the counters, which begin at 0', async (t) => {
  const before = metricsBench(t);
  for (const result of [older, newer]) {
    await recordResult(result, before.paths);
    before.metrics.observeResult(result);
  }
  const gauges = (body: string) => body.split('\n').filter((line) => /^typhon_benchmark_\w*(?<!_total)\{/.test(line));
  const expected = gauges((await before.metrics.scrape(undefined)).body).sort();
  t.ok(expected.length > 30, `${expected.length} lines`);
  const after = metricsBench(t, {}, before.paths.root);
  await after.metrics.restore(filesOf(before.paths));
  t.same(gauges((await after.metrics.scrape(undefined)).body).sort(), expected);
  const requests = await after.read('typhon_benchmark_requests_total');
  t.same(
    requests.map(({ value }) => value),
    [0, 0, 0],
  );
  t.same(
    (await after.read('typhon_restore_errors_total')).map(({ value }) => value),
    [0, 0, 0],
  );
});

t.test('a corrupt last run is left out with a warning and counted; the chronicle still tells', async (t) => {
  const { metrics, read, paths, logged } = metricsBench(t);
  await recordResult(older, paths);
  writeFileSync(paths.lastRun, '{"run_id": 3');
  await metrics.restore(filesOf(paths));
  t.match(await read('typhon_benchmark_tokens_per_second'), [{ labels: { model: 'another' }, value: 40 }]);
  const errors = await read('typhon_restore_errors_total');
  t.same(
    errors.map(({ labels, value }) => [labels['file'], value]),
    [
      ['last_run', 1],
      ['chronicle', 0],
      ['run', 0],
    ],
  );
  t.match(
    logged.filter(({ level }) => level === 40),
    [{ file: 'last_run' }],
  );
});

t.test('a chronicle that cannot be read leaves the last run', async (t) => {
  const { metrics, read, paths } = metricsBench(t);
  await recordResult(newer, paths);
  const rows = () => Promise.reject(new StorageError('no', { code: 'not_writable', path: paths.chronicle }));
  await metrics.restore({ ...filesOf(paths), rows });
  t.equal((await read('typhon_benchmark_success')).length, 2);
  t.match(await read('typhon_restore_errors_total'), [{ value: 0 }, { value: 1 }, { value: 0 }]);
});

t.test('rows and fields of a future version are taken as far as they are understood', async (t) => {
  const { metrics, read, paths } = metricsBench(t);
  await recordResult(older, paths);
  const future = { ...historyRow({ run_at: '2026-11-21T12:00:00.000Z', target: 'x' }), quantum_tps: 9 };
  const lines = [future, { version: 9, entries: [] }].map((row) => `${JSON.stringify(row)}\n`);
  writeFileSync(paths.chronicle, lines.join(''), { flag: 'a' });
  await metrics.restore(filesOf(paths));
  t.same((await read('typhon_benchmark_tokens_per_second')).map(({ value }) => value).sort(), [40, 82.5]);
});

t.test('a run whose folder is gone is restored from its row, one whose folder is broken too but counted', async (t) => {
  const { metrics, read } = metricsBench(t);
  const lost = { run_at: '2026-11-21T12:00:00.000Z' };
  const rows = [
    historyRow({ ...lost, run_id: 'gone', test_id: 'a', server_kind: null }),
    historyRow({ ...lost, run_id: 'broken', test_id: 'b', server_kind: null, server_name: 'unheard of' }),
    historyRow({ ...lost, run_id: 'gone', test_id: 'c', server_kind: 'ollama' }),
  ];
  const run = async (runId: string) => {
    throw new StorageError(runId, { code: runId === 'gone' ? 'not_found' : 'corrupt', path: '' });
  };
  await metrics.restore({ lastRun: async () => newer, rows: async () => ({ rows, damagedLines: 0 }), run });
  const speeds = await read('typhon_benchmark_tokens_per_second');
  t.same(
    speeds.map(({ labels }) => [labels['test'], labels['server']]),
    [
      ['a', 'llama.cpp'],
      ['b', ''],
      ['c', 'ollama'],
      ['baseline_short', 'llama.cpp'],
    ],
    'the kind that the row tells, else that of a server of the same name',
  );
  t.match(await read('typhon_restore_errors_total'), [{ value: 0 }, { value: 0 }, { value: 1 }]);
});

t.test('runs that are stale by now are not even read', async (t) => {
  const { metrics, read } = metricsBench(t);
  const asked: string[] = [];
  const run = async (runId: string) => {
    asked.push(runId);
    return older;
  };
  const rows = [
    historyRow({ run_id: 'stale', run_at: '2026-11-01T12:00:00.000Z', test_id: 'a' }),
    historyRow({ run_id: 'fresh', run_at: '2026-11-21T12:00:00.000Z', test_id: 'b' }),
  ];
  await metrics.restore({ ...none, rows: async () => ({ rows, damagedLines: 0 }), run });
  t.same(asked, ['fresh']);
  t.equal((await read('typhon_benchmark_tokens_per_second')).length, 1);
});

t.test('a failure after the last good run is restored from its job', async (t) => {
  const { metrics, read, store, paths } = metricsBench(t);
  mkdirSync(paths.jobs, { recursive: true });
  const failedAt = new Date('2026-11-21T14:35:00.000Z');
  const request = { mode: 'quick', trigger: 'api' } as const;
  await store.put(endedJob(pendingJob('00000002', request, failedAt), { status: 'error', error: 'timeout' }, failedAt));
  await metrics.restore({ ...none, lastRun: async () => benchmarkResult() });
  t.match(await read('typhon_benchmark_success'), [{ value: 0 }]);
  t.match(await read('typhon_benchmark_last_run_timestamp_seconds'), [{ value: failedAt.getTime() / 1000 }]);
  t.match(await read('typhon_benchmark_tokens_per_second'), [{ value: 82.5 }]);
});

t.test('the chronicle is read further back only where more of it could be shown', async (t) => {
  for (const [oldest, expected] of [
    ['2026-11-01T12:00:00.000Z', [500]],
    ['2026-11-21T12:00:00.000Z', [500, 2000]],
  ] as const) {
    const { metrics } = metricsBench(t);
    const asked: number[] = [];
    const rows = async (limit: number) => {
      asked.push(limit);
      const found = Array.from({ length: limit }, () => historyRow({ run_id: 'gone', run_at: oldest }));
      return { rows: found, damagedLines: 0 };
    };
    await metrics.restore({ ...none, rows });
    t.same(asked, expected, oldest);
  }
});

t.test('a chronicle that something has damaged is told of and counted, one that a crash tore is not', async (t) => {
  const junk = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 167 + (index >> 3)) % 256));
  for (const [content, count] of [
    [junk, 1],
    [Buffer.concat([Buffer.from('{"run_at":"2026-11-2\n'), Buffer.from('{"run_at":')]), 0],
  ] as const) {
    const { metrics, paths, read, logged } = metricsBench(t);
    writeFileSync(paths.chronicle, content);
    await metrics.restore(filesOf(paths));
    const errors = await read('typhon_restore_errors_total');
    t.same(
      errors.map(({ labels, value }) => [labels['file'], value]),
      [
        ['last_run', 0],
        ['chronicle', count],
        ['run', 0],
      ],
    );
    t.equal(logged.filter(({ msg }) => /damaged/.test(String(msg))).length, count);
  }
});
