import { appendFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import type { BenchmarkResult } from '../../src/benchmark/result.js';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { recordResult } from '../../src/chronicle/record.js';
import { rowsOf } from '../../src/chronicle/row.js';
import { checkStorage, type StoragePaths, storagePaths } from '../../src/chronicle/storage.js';
import { evaluateResult, type RegressionEvent } from '../../src/judging/trend-judging.js';
import { openTrendBook, trendSettings } from '../../src/judging/trend-records.js';
import { benchmarkResult, gpuStats, testResult } from '../fixtures/benchmark-result.js';

const settings = trendSettings({ trends: { window: 20, minSamples: 5, drop: 0.1 } });
const now = new Date('2026-06-01T00:00:00.000Z');
const HOUR_MS = 3_600_000;

async function storage(t: Test): Promise<StoragePaths> {
  const paths = storagePaths(t.testdir({}));
  await checkStorage(paths, { minFreeBytes: 0 });
  return paths;
}

/** The run of this number, six hours after the one before; some 1 % of noise. */
function runOf(number: number, { speed = 80, width = 16 } = {}): BenchmarkResult {
  const at = new Date(Date.parse('2026-05-01T00:00:00.000Z') + number * 6 * HOUR_MS).toISOString();
  const [gpu] = gpuStats().gpus;
  const gpu_stats = gpuStats({ gpus: gpu === undefined ? [] : [{ ...gpu, pcie_width: width }] });
  const avg_tps = speed * (1 + 0.01 * Math.sin(number * 2.4));
  return benchmarkResult({
    run_id: `${at.slice(0, 10)}_${at.slice(11, 23).replaceAll(':', '-')}_${String(number).padStart(8, '0')}`,
    run_at: at,
    benchmarks: [testResult({ avg_tps, avg_prefill_tps: null, avg_ttft_s: null, gpu_stats })],
  });
}

const slow = { speed: 60, width: 4 };
const decodeOnly = (events: readonly RegressionEvent[]) => events.filter(({ signal }) => signal === 'decode_speed');

t.test('a regression says at once what changed, from the whole results, and keeps it', async (t) => {
  const paths = await storage(t);
  const book = await openTrendBook(paths, { settings, now });
  const events: RegressionEvent[] = [];
  for (let number = 0; number < 30; number += 1) {
    const result = (await recordResult(runOf(number, number < 20 ? {} : slow), paths)).result;
    events.push(...decodeOnly(await evaluateResult(book, result, { paths, now })));
  }
  t.match(events, [
    {
      kind: 'started',
      series: { test_id: 'baseline_short' },
      regression: { first_bad_run_id: /_00000020$/, changes: [{ factor: 'pcie_width', words: 'PCIe lanes 16 → 4' }] },
    },
  ]);
  t.equal(events.length, 1);
  const kept = (await openTrendBook(paths, { settings, now })).trends(now);
  t.match(kept[0]?.signals[0]?.regression, { status: 'active', changes: [{ factor: 'pcie_width' }] });
});

t.test('a recovery is told with the regression that it ends', async (t) => {
  const paths = await storage(t);
  const book = await openTrendBook(paths, { settings, now });
  const kinds: string[] = [];
  for (let number = 0; number < 40; number += 1) {
    const isSlow = number >= 20 && number < 30;
    const result = (await recordResult(runOf(number, isSlow ? slow : {}), paths)).result;
    kinds.push(...decodeOnly(await evaluateResult(book, result, { paths, now })).map(({ kind }) => kind));
  }
  t.same(kinds, ['started', 'recovered']);
});

t.test('what an agent and foreground runs record in turn is judged by both, once', async (t) => {
  const paths = await storage(t);
  const agent = await openTrendBook(paths, { settings, now });
  const events: RegressionEvent[] = [];
  for (let number = 0; number < 30; number += 1) {
    const { result } = await recordResult(runOf(number, number < 20 ? {} : slow), paths);
    // Every second run is another process's, which opens the book anew.
    const book = number % 2 === 0 ? agent : await openTrendBook(paths, { settings, now });
    events.push(...decodeOnly(await evaluateResult(book, result, { paths, now })));
  }
  const alone = await openTrendBook({ ...paths, trendBook: `${paths.trendBook}.none` }, { settings, now });
  const counted = (trends: ReturnType<typeof agent.trends>) =>
    trends.map(({ runs, last_run_at }) => ({ runs, last_run_at }));
  const kept = (await openTrendBook(paths, { settings, now })).trends(now);
  t.same(counted(kept), counted(alone.trends(now)), 'no run is lost, none counts twice');
  t.match(kept[0]?.signals[0]?.regression, { status: 'active', changes: [{ factor: 'pcie_width' }] });
  t.ok(events.length > 0);
  for (const { regression } of events) t.match(regression.first_bad_run_id, /_000000(?:19|20|21)$/);
});

t.test('without the whole results the rows tell what changed', async (t) => {
  const paths = await storage(t);
  const book = await openTrendBook(paths, { settings, now });
  const events: RegressionEvent[] = [];
  for (let number = 0; number < 30; number += 1) {
    const result = { ...runOf(number, number < 20 ? {} : slow), agent_version: number < 20 ? '0.1.0' : '0.2.0' };
    await appendRows(paths.chronicle, rowsOf(result));
    events.push(...decodeOnly(await evaluateResult(book, result, { paths, now })));
  }
  t.match(events, [{ regression: { changes: [{ factor: 'agent_version' }] } }]);
});

t.test('a torn line of the chronicle disturbs nothing', async (t) => {
  const paths = await storage(t);
  const book = await openTrendBook(paths, { settings, now });
  const { result } = await recordResult(runOf(0), paths);
  await appendFile(paths.chronicle, '{"run_at":"2026-');
  t.same(await evaluateResult(book, result, { paths, now }), []);
  t.match(book.trends(now), [{ runs: 1 }]);
});

t.test('tells what a run has started before it is kept', async (t) => {
  const paths = await storage(t);
  const book = await openTrendBook(paths, { settings, now });
  const told: (RegressionEvent | { readonly keptThen: string | undefined })[] = [];
  const announce = async (events: readonly RegressionEvent[]) => {
    if (events.length === 0) return;
    const kept = await openTrendBook(paths, { settings, now, concerns: () => false });
    const regression = kept.trends(now)[0]?.signals[0]?.regression;
    told.push(...decodeOnly(events), { keptThen: regression?.status });
  };
  for (let number = 0; number < 30; number += 1) {
    const { result } = await recordResult(runOf(number, number < 20 ? {} : slow), paths);
    await evaluateResult(book, result, { paths, now, announce });
  }
  t.match(told, [{ kind: 'started', regression: { changes: [{ factor: 'pcie_width' }] } }, { keptThen: 'steady' }]);
  t.equal(told.length, 2);
});
