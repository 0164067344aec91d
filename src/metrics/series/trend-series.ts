/** What the trends say of the benchmark series that are shown. */
import type { Trend } from '../../trends/trend.js';
import type { MetricLabels } from '../sample.js';
import type { BenchmarkSeries, VisibleSeries } from './benchmark-series.js';

export interface EvaluatedSeries {
  readonly labels: MetricLabels;
  readonly trend: Trend;
}

type SeriesName = Pick<Trend['series'], 'target' | 'model' | 'test_id'>;

export class TrendMetricSeries {
  readonly #benchmarks: Pick<BenchmarkSeries, 'visible'>;
  #read: () => readonly Trend[] = () => [];
  #trends: ReadonlyMap<string, Trend> | undefined;
  #known: { readonly of: readonly unknown[]; readonly series: readonly EvaluatedSeries[] } | undefined;

  constructor(benchmarks: Pick<BenchmarkSeries, 'visible'>) {
    this.#benchmarks = benchmarks;
  }

  /** All trends are to be read anew, which is done when somebody asks: drift takes time to compute. */
  observe(trends: () => readonly Trend[]): void {
    this.#read = trends;
    this.#trends = undefined;
    this.#known = undefined;
  }

  /** The same frozen array as before where nothing has changed. */
  visible(): readonly EvaluatedSeries[] {
    const shown = this.#benchmarks.visible();
    if (this.#known?.of === shown) return this.#known.series;
    this.#trends ??= newestOf(this.#read());
    const trends = this.#trends;
    const series = [...measuredLast(shown)].flatMap(([key, { labels }]) => {
      const trend = trends.get(key);
      return trend === undefined ? [] : [{ labels, trend }];
    });
    this.#known = { of: shown, series: Object.freeze(series) };
    return series;
  }
}

/**
 * By target, model and test, which is all that a trend knows: where another kind of server took a target over, the trend
 * is that of the one measured last.
 */
function measuredLast(shown: readonly VisibleSeries[]): ReadonlyMap<string, VisibleSeries> {
  const last = new Map<string, VisibleSeries>();
  for (const series of shown) {
    const { target, model, testId } = series.identity;
    const key = keyOf({ target, model, test_id: testId });
    const known = last.get(key);
    if ((known?.lastSuccessAtMs ?? 0) <= (series.lastSuccessAtMs ?? 0)) last.set(key, series);
  }
  return last;
}

/** Of the trends of several workloads or machines, the one with the newest run counts. */
function newestOf(trends: readonly Trend[]): ReadonlyMap<string, Trend> {
  const newest = new Map<string, Trend>();
  for (const trend of trends) {
    const key = keyOf(trend.series);
    const known = newest.get(key);
    if (known === undefined || known.last_run_at <= trend.last_run_at) newest.set(key, trend);
  }
  return newest;
}

function keyOf({ target, model, test_id }: SeriesName): string {
  return JSON.stringify([target, model, test_id]);
}
