import t from 'tap';
import {
  BenchmarkSeries,
  MOST_SERIES,
  MOST_SERIES_PER_TARGET,
  type SeriesSettings,
} from '../../../src/metrics/series/benchmark-series.js';
import { benchmarkResult, failedTestResult, testResult } from '../../fixtures/benchmark-result.js';
import { historyRow } from '../../fixtures/history.js';
import { noSettings, SOON_AFTER } from '../../fixtures/metrics-bench.js';
import { NONE } from '../../fixtures/none.js';

const DAY_MS = 86_400_000;

function opened(settings: SeriesSettings = noSettings) {
  const world = { now: new Date(SOON_AFTER), settings };
  const series = new BenchmarkSeries(
    () => world.settings,
    () => world.now,
  );
  return { series, world };
}

function targets(...names: string[]): SeriesSettings {
  return { ...noSettings, targets: names.map((name) => ({ name })) };
}

function at(ms: number): Date {
  return new Date(Date.parse('2026-11-21T14:31:20.456Z') + ms);
}

t.test('a series vanishes when it is stale, and comes back with the next run', async (t) => {
  const { series, world } = opened();
  series.observe(benchmarkResult());
  world.now = at(3 * DAY_MS - 1);
  t.equal(series.visible().length, 1);
  world.now = at(3 * DAY_MS);
  t.equal(series.visible().length, 0);
  series.observe(benchmarkResult({ finished_at: world.now.toISOString() }));
  t.match(series.visible(), [{ counts: { requests: 8 } }], 'its counters go on');
});

t.test('figures vanish when the last good run is stale, while failed attempts go on', async (t) => {
  const { series, world } = opened();
  series.observe(benchmarkResult());
  series.observe(benchmarkResult({ finished_at: at(2 * DAY_MS).toISOString(), benchmarks: [failedTestResult()] }));
  world.now = at(3 * DAY_MS);
  t.match(series.visible(), [{ attempt: { failures: 1 }, measured: undefined }]);
});

t.test(
  'a test that was not begun because its server had gone has failed, one left out on purpose has not',
  async (t) => {
    for (const how of ['observe', 'restore'] as const) {
      const { series } = opened();
      const tests = ['baseline_short', 'long_gen', 'memory_wall'].map((test_id) => testResult({ test_id }));
      series.observe(benchmarkResult({ benchmarks: tests }));
      series[how](
        benchmarkResult({
          finished_at: at(60_000).toISOString(),
          benchmarks: [testResult({ test_id: 'baseline_short' })],
          skipped: [
            { test_id: 'long_gen', reason: 'server_down' },
            { test_id: 'memory_wall', reason: "exceeds the server's context length (4096)" },
          ],
        }),
      );
      const failures = Object.fromEntries(
        series.visible().map(({ identity, attempt }) => [identity.testId, attempt?.failures]),
      );
      t.same(failures, { baseline_short: 0, long_gen: 1, memory_wall: 0 }, how);
    }
  },
);

t.test('a series vanishes with its target and comes back with it', async (t) => {
  const { series, world } = opened(targets('local', 'other'));
  series.observe(benchmarkResult());
  t.equal(series.visible().length, 1);
  world.settings = targets('other');
  t.equal(series.visible().length, 0);
  world.settings = targets('local');
  t.equal(series.visible().length, 1);
  world.settings = noSettings;
  t.equal(series.visible().length, 1, 'discovered, where none is configured');
});

t.test('a clock that jumps ahead and back hides results for as long as it is wrong', async (t) => {
  const { series, world } = opened();
  series.observe(benchmarkResult());
  world.now = at(3650 * DAY_MS);
  t.equal(series.visible().length, 0);
  world.now = at(-3650 * DAY_MS);
  t.equal(series.visible().length, 0, 'made years from now');
  world.now = at(-1000);
  t.equal(series.visible().length, 1, 'a clock may be set back a little');
});

t.test('a failure counts after a good run of a time when the clock was ahead', async (t) => {
  const { series, world } = opened();
  series.observe(benchmarkResult({ finished_at: at(DAY_MS / 2).toISOString() }));
  const { target, model, mode } = benchmarkResult();
  series.fail({ target, model, mode, at: world.now });
  t.match(series.visible(), [{ attempt: { failures: 1 } }]);
  world.now = at(DAY_MS / 4);
  series.observe(benchmarkResult({ finished_at: world.now.toISOString() }));
  series.fail({ target, model, mode, at: new Date(SOON_AFTER) });
  t.match(series.visible(), [{ attempt: { failures: 0 } }], 'one of before the good run does not');
});

t.test('the same array as long as nothing changes', async (t) => {
  const { series, world } = opened();
  series.observe(benchmarkResult());
  const before = series.visible();
  world.now = at(DAY_MS);
  t.equal(series.visible(), before);
  series.observe(benchmarkResult());
  t.not(series.visible(), before);
});

t.test('what a run will measure is known before it, and cannot look like a success', async (t) => {
  const { series } = opened();
  const run = { target: 'local', server: 'vllm', model: 'm', mode: 'quick' } as const;
  series.expect(run, [{ testId: 'a', category: 'baseline', ctxSize: 2048 }]);
  t.match(series.visible(), [
    { labels: { server: 'vllm', test: 'a' }, attempt: undefined, measured: undefined, counts: { requests: 0 } },
  ]);
});

t.test('a run that fails as a whole fails the series of its target, mode and model alone', async (t) => {
  const { series, world } = opened();
  series.observe(benchmarkResult({ mode: 'quick', model: 'a' }));
  series.observe(benchmarkResult({ mode: 'full', model: 'a', benchmarks: [testResult({ test_id: 'full_only' })] }));
  series.observe(benchmarkResult({ mode: 'quick', model: 'b' }));
  series.observe(benchmarkResult({ mode: 'quick', model: 'a', target: 'other' }));
  const failed = () =>
    series
      .visible()
      .filter(({ attempt }) => attempt !== undefined && attempt.failures > 0)
      .map(({ identity: { target, model, testId } }) => `${target} ${model} ${testId}`);
  series.fail({ target: 'local', model: 'a', mode: 'quick', at: world.now });
  t.same(failed(), ['local a baseline_short']);
  series.fail({ target: 'local', model: undefined, mode: 'quick', at: world.now });
  t.same(failed().sort(), ['local a baseline_short', 'local b baseline_short']);
  series.fail({ target: 'other', model: 'a', mode: 'quick', at: new Date(0) });
  t.same(failed().length, 2, 'older than what is known');
});

t.test('figures of a row without a known server stay by themselves: they may be those of another one', async (t) => {
  const { series } = opened();
  const row = historyRow({ target: 'local', run_at: '2026-11-21T12:00:00.000Z', avg_tps: 50 });
  series.restoreRow(row, undefined);
  t.match(series.visible(), [{ labels: { server: '', ctx_size: '2048' }, measured: { avg_tps: 50, gpus: NONE } }]);
  const run = { target: 'local', server: 'llama.cpp', model: row.model, mode: 'quick' } as const;
  series.expect(run, [{ testId: row.test_id, category: 'baseline', ctxSize: 2048 }]);
  t.match(series.visible(), [
    { labels: { server: '' }, measured: { avg_tps: 50 } },
    { labels: { server: 'llama.cpp' }, measured: undefined, attempt: undefined },
  ]);
});

t.test('a target that tries many models gives up those that it measured longest ago', async (t) => {
  const { series } = opened();
  series.observe(benchmarkResult({ target: 'other' }));
  for (let index = 0; index <= MOST_SERIES_PER_TARGET; index += 1) {
    series.observe(benchmarkResult({ model: `m${index}` }));
    // Measured again and again: never the one that goes.
    series.observe(benchmarkResult({ model: 'm0' }));
  }
  const models = new Set(series.visible().map(({ identity: { target, model } }) => `${target} ${model}`));
  t.equal(series.visible().length, MOST_SERIES_PER_TARGET + 1);
  t.equal(series.dropped, 1);
  t.equal(models.has('local m1'), false);
  t.equal(models.has('local m0'), true);
  t.equal(models.has(`other ${benchmarkResult().model}`), true);
});

t.test('many targets together are bounded too', async (t) => {
  const { series } = opened();
  for (let target = 0; target < 12; target += 1) {
    const benchmarks = Array.from({ length: MOST_SERIES_PER_TARGET }, (_none, index) =>
      testResult({ test_id: `t${index}` }),
    );
    series.observe(benchmarkResult({ target: `target-${target}`, benchmarks }));
  }
  t.equal(series.visible().length, MOST_SERIES);
  t.equal(series.dropped, 12 * MOST_SERIES_PER_TARGET - MOST_SERIES);
});

t.test('the labels that a target is given stand on all its series, and are told anew after a reload', async (t) => {
  const given = (labels: Readonly<Record<string, string>>): SeriesSettings => ({
    ...noSettings,
    targets: [{ name: 'local', labels }, { name: 'other' }],
  });
  const { series, world } = opened(given({ owner: 'ml', room: '1' }));
  series.observe(benchmarkResult());
  series.observe(benchmarkResult({ target: 'other' }));
  const [local, other] = series.visible();
  t.match(local?.labels, { owner: 'ml', room: '1', target: 'local', test: 'baseline_short' });
  t.notOk('owner' in (other?.labels ?? {}));
  series.observe(benchmarkResult({ target: 'other' }));
  t.equal(series.visible()[0]?.labels, local?.labels, 'the same object: its text is made once');
  world.settings = given({ owner: 'web' });
  t.match(series.visible()[0]?.labels, { owner: 'web', target: 'local' });
  t.notOk('room' in (series.visible()[0]?.labels ?? {}));
});
