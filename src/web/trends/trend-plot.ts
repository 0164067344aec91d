/** What is drawn of one signal of one series. */
import type { TrendsAnswer } from '../../api/trends-answer.js';

export type TrendAnswerSeries = TrendsAnswer['series'][number];
export type EnvironmentMark = TrendsAnswer['changes'][number];
export type UserWord = TrendsAnswer['words'][number];
export type SignalTrend = TrendAnswerSeries['signals'][number];
export type SignalName = SignalTrend['signal'];

export interface TrendPlot {
  /** Seconds since 1970, as plots count. */
  readonly times: readonly number[];
  readonly values: readonly number[];
  /** The values since a regression began, `null` before. */
  readonly regressed: readonly (number | null)[];
  readonly runIds: readonly string[];
  /** Where nine of ten good runs lie. `undefined` while the baseline is being learned. */
  readonly band: { readonly low: number; readonly high: number; readonly median: number } | undefined;
}

// A normal deviation is so many median absolute deviations, and 1.645 of those enclose nine of ten values.
const BAND_MADS = 1.4826 * 1.645;

/** `undefined` where no run has a value. */
export function trendPlot(series: TrendAnswerSeries, name: SignalName): TrendPlot | undefined {
  const points = series.points.flatMap((point) => {
    const value = point[name];
    return value === null ? [] : [{ ...point, value }];
  });
  if (points.length === 0) return undefined;
  const trend = series.signals.find(({ signal }) => signal === name);
  const { regression, baseline } = trend ?? {};
  const since = regression?.status === 'active' ? Date.parse(regression.since) : Number.POSITIVE_INFINITY;
  const spread = BAND_MADS * (baseline?.mad ?? 0);
  return {
    times: points.map(({ run_at: at }) => Date.parse(at) / 1000),
    values: points.map(({ value }) => value),
    regressed: points.map(({ run_at: at, value }) => (Date.parse(at) >= since ? value : null)),
    runIds: points.map(({ run_id: id }) => id),
    band:
      baseline === null || baseline === undefined
        ? undefined
        : { low: baseline.median - spread, high: baseline.median + spread, median: baseline.median },
  };
}

// Less than this around the level is noise, and shall look like it.
const LEAST_SPAN = 0.1;
const MARGIN = 0.08;

/** From where to where the values are drawn: all of them and the band, and never so close that noise fills the plot. */
export function valueRange({ values, band }: Pick<TrendPlot, 'values' | 'band'>): readonly [number, number] {
  const all = band === undefined ? values : [...values, band.low, band.high];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const level = band?.median ?? (least + most) / 2;
  const low = Math.min(least, level * (1 - LEAST_SPAN));
  const high = Math.max(most, level * (1 + LEAST_SPAN));
  const margin = (high - low) * MARGIN;
  return [Math.max(0, low - margin), high + margin];
}

const LEAST_SECONDS = 3600;

/** From when to when runs are drawn, in seconds since 1970: a single one has some time around it, not all since 1970. */
export function timeRange(times: readonly number[]): readonly [number, number] {
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const missing = Math.max(0, LEAST_SECONDS - (last - first));
  return [first - missing / 2, last + missing / 2];
}

/** Whether any signal of a series is worse than it was. */
export function isRegressed({ signals }: Pick<TrendAnswerSeries, 'signals'>): boolean {
  return signals.some(({ regression }) => regression.status === 'active');
}
