/** What the trends say of the benchmark series that are shown. */
import type { Trend } from '../trends/trend.js';
import type { BenchmarkSeries } from './benchmark-series.js';
import type { MetricLabels } from './metric.js';

export interface JudgedSeries {
  readonly labels: MetricLabels;
  readonly trend: Trend;
}

type SeriesName = Pick<Trend['series'], 'target' | 'model' | 'test_id'>;

export class TrendSeries {
  readonly #benchmarks: Pick<BenchmarkSeries, 'visible'>;
  #trends = new Map<string, Trend>();
  #known: { readonly of: readonly unknown[]; readonly series: readonly JudgedSeries[] } | undefined;

  constructor(benchmarks: Pick<BenchmarkSeries, 'visible'>) {
    this.#benchmarks = benchmarks;
  }

  /** Takes all trends as they are now. Of those of several workloads or machines, the one with the newest run counts. */
  observe(trends: readonly Trend[]): void {
    const newest = new Map<string, Trend>();
    for (const trend of trends) {
      const key = keyOf(trend.series);
      const known = newest.get(key);
      if (known === undefined || known.last_run_at <= trend.last_run_at) newest.set(key, trend);
    }
    this.#trends = newest;
    this.#known = undefined;
  }

  /** The same frozen array as before where nothing has changed. */
  visible(): readonly JudgedSeries[] {
    const shown = this.#benchmarks.visible();
    if (this.#known?.of === shown) return this.#known.series;
    const series = shown.flatMap(({ identity: { target, model, testId }, labels }) => {
      const trend = this.#trends.get(keyOf({ target, model, test_id: testId }));
      return trend === undefined ? [] : [{ labels, trend }];
    });
    this.#known = { of: shown, series: Object.freeze(series) };
    return series;
  }
}

function keyOf({ target, model, test_id }: SeriesName): string {
  return JSON.stringify([target, model, test_id]);
}
