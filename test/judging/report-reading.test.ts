import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { recordResult } from '../../src/chronicle/record.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { readMachineReport } from '../../src/judging/report-reading.js';
import { trendSettings } from '../../src/judging/trend-records.js';
import { benchmarkResult, gpuStats, testResult } from '../fixtures/benchmark-result.js';
import { historyRuns } from '../fixtures/history.js';
import { NONE } from '../fixtures/none.js';

const settings = trendSettings({ trends: { window: 20, minSamples: 5, drop: 0.1 } });
const now = new Date('2026-03-05T00:00:00.000Z');

async function storage(t: Test) {
  const paths = storagePaths(t.testdir({}));
  await checkStorage(paths, { minFreeBytes: 0 });
  return paths;
}

t.test('without a run there is no report', async (t) => {
  t.equal(await readMachineReport(await storage(t), { settings, now }), undefined);
});

t.test('a last run that is none is an error, not an empty report', async (t) => {
  const paths = storagePaths(t.testdir({ 'last_run.json': '{}' }));
  await t.rejects(readMachineReport(paths, { settings, now }), { code: 'corrupt' });
});

/** 60 days of a series that slows on day 40, whose last run is recorded whole. */
async function slowed(t: Test) {
  const paths = await storage(t);
  const rows = historyRuns({ seed: 8, days: 60, cv: 0.02, steps: [{ day: 40, ratios: { decode_speed: 0.8 } }] }).flat();
  const [row] = rows;
  const identity = { machine_id: row?.machine_id ?? '', target: row?.target ?? '', model: row?.model ?? '' };
  await appendRows(paths.chronicle, rows);
  await recordResult(
    benchmarkResult({ ...identity, run_at: now.toISOString(), benchmarks: [testResult({ avg_tps: 66 })] }),
    paths,
  );
  return { paths, identity };
}

t.test('tells the regression from the chronicle alone', async (t) => {
  const { paths } = await slowed(t);
  const report = await readMachineReport(paths, { settings, now });
  t.match(report, {
    baseline_tps: 66,
    regressions: [{ test_id: 'baseline_short', signal: 'decode_speed', changes: NONE }],
  });
});

t.test('what changed is read from the runs before and after, where they are still there', async (t) => {
  const { paths, identity } = await slowed(t);
  const [regression] = (await readMachineReport(paths, { settings, now }))?.regressions ?? [];
  const withLink = (run_id: string, pcie_width: number) => {
    const [gpu] = gpuStats().gpus;
    const gpu_stats = gpuStats({ gpus: gpu === undefined ? [] : [{ ...gpu, pcie_width }] });
    return benchmarkResult({ ...identity, run_id, benchmarks: [testResult({ gpu_stats })] });
  };
  const last = benchmarkResult({ ...identity, run_id: '2026-03-04_23-00-00.000_a3f1c820', run_at: now.toISOString() });
  await recordResult(withLink(regression?.before_run_id ?? '', 16), paths);
  await recordResult(withLink(regression?.after_run_id ?? '', 4), paths);
  await recordResult(last, paths);
  const trends = { settings, now };
  t.match((await readMachineReport(paths, trends))?.regressions[0]?.changes, [
    { factor: 'pcie_width', before: 16, after: 4 },
  ]);
  await rm(join(paths.runs, regression?.before_run_id ?? ''), { recursive: true });
  t.same((await readMachineReport(paths, trends))?.regressions[0]?.changes, [], 'retention has taken one');
});

t.test('trends that somebody keeps already are not judged again', async (t) => {
  const { paths } = await slowed(t);
  t.same((await readMachineReport(paths, { settings, now, trends: [] }))?.regressions, []);
});
