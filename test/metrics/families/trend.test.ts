import t from 'tap';
import type { Trend } from '../../../src/trends/trend.js';
import { TrendBook } from '../../../src/trends/trend-book.js';
import { benchmarkResult } from '../../fixtures/benchmark-result.js';
import { type HistoryPlan, historyRuns } from '../../fixtures/history.js';
import { metricsBench } from '../../fixtures/metrics-bench.js';

const options = { window: 20, minSamples: 5, drop: 0.1 };

function trendsOf(plan: Omit<HistoryPlan, 'seed' | 'cv'>): Trend[] {
  const rows = historyRuns({ seed: 5, cv: 0.01, ...plan }).flat();
  const book = new TrendBook({ options, isReferenceModel: () => false });
  const end = new Date(rows.at(-1)?.run_at ?? 0);
  book.catchUp(rows, end);
  return book.trends(end);
}

function judged(t: Parameters<typeof metricsBench>[0], trends: readonly Trend[]) {
  const bench = metricsBench(t);
  const [{ series } = { series: undefined }] = trends;
  bench.metrics.observeResult(benchmarkResult({ target: series?.target ?? '', model: series?.model ?? '' }));
  bench.metrics.observeTrends(() => trends);
  const bySignal = async (name: string) =>
    Object.fromEntries((await bench.read(name)).map(({ labels, value }) => [labels['signal'], value]));
  return { ...bench, bySignal };
}

t.test('the baseline stands beside the last value, with the same labels', async (t) => {
  const trends = trendsOf({ days: 40 });
  const { read, value } = judged(t, trends);
  const [speed] = await read('typhon_benchmark_tokens_per_second');
  const [baseline] = await read('typhon_baseline_tokens_per_second');
  t.same(baseline?.labels, speed?.labels);
  const known = (name: string) => trends[0]?.signals.find(({ signal }) => signal === name)?.baseline;
  t.equal(baseline?.value, known('decode_speed')?.median);
  t.equal(await value('typhon_baseline_time_to_first_token_seconds'), known('ttft')?.median);
  t.equal(await value('typhon_baseline_samples'), 20);
});

t.test('a regression is told with its size, the other signals stay quiet', async (t) => {
  const { bySignal } = judged(t, trendsOf({ days: 40, steps: [{ day: 30, ratios: { decode_speed: 0.8 } }] }));
  const active = await bySignal('typhon_regression_active');
  t.match(active, { decode_speed: 1, prefill_speed: 0, ttft: 0, energy_per_token: 0, peak_temperature: 0 });
  const ratio = (await bySignal('typhon_regression_ratio'))['decode_speed'] ?? 0;
  t.ok(ratio > -0.23 && ratio < -0.17, String(ratio));
});

t.test('while the baseline is being learnt nothing is claimed', async (t) => {
  const { metrics } = judged(t, trendsOf({ days: 0.2 }));
  t.notMatch((await metrics.scrape(undefined)).body, /typhon_(baseline|regression|drift)/);
});

t.test('no drift is 0 once there are days enough', async (t) => {
  const { bySignal } = judged(t, trendsOf({ days: 40 }));
  t.match(await bySignal('typhon_drift_ratio_per_30d'), { decode_speed: 0, ttft: 0 });
});

t.test('a drift is that of the longest window that shows one', async (t) => {
  const [trend] = trendsOf({ days: 40 });
  const [signal, ...others] = trend?.signals ?? [];
  if (trend === undefined || signal === undefined) throw new Error('expected a trend');
  const common = { points: 30, p_value: 0.0001, ci95_per_30d: [-1, 1] as [number, number], step_at: null };
  const significant = (days: number, ratio: number) =>
    ({ status: 'significant', window_days: days, ratio_per_30d: ratio, ...common }) as const;
  const drift = [significant(30, -0.05), significant(90, -0.02), { status: 'too_few' as const, window_days: 365 }];
  const { bySignal } = judged(t, [{ ...trend, signals: [{ ...signal, drift }, ...others] }]);
  t.equal((await bySignal('typhon_drift_ratio_per_30d'))['decode_speed'], -0.02);
});
