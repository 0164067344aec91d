/** Each series against its own past. */
import type { SignalName } from '../../trends/signal.js';
import type { SignalTrend, Trend } from '../../trends/trend.js';
import type { MetricFamily } from '../metric.js';
import { type MetricSample, sampleOf } from '../sample.js';
import { perSeries } from '../series/per-series.js';
import { seriesLabelNames } from '../series/series-labels.js';

function eachBaseline(signal: SignalName, read: (baseline: NonNullable<SignalTrend['baseline']>) => number) {
  return perSeries(
    ({ trends }) => trends.visible(),
    ({ labels, trend }): readonly MetricSample[] => {
      const baseline = signalIn(trend, signal)?.baseline ?? undefined;
      return sampleOf(labels, baseline === undefined ? undefined : read(baseline));
    },
  );
}

function signalIn(trend: Trend, name: SignalName): SignalTrend | undefined {
  return trend.signals.find(({ signal }) => signal === name);
}

function eachSignal(read: (signal: SignalTrend) => number | null | undefined) {
  return perSeries(
    ({ trends }) => trends.visible(),
    ({ labels, trend }): readonly MetricSample[] =>
      trend.signals.flatMap((signal) => sampleOf({ ...labels, signal: signal.signal }, read(signal))),
  );
}

/** Of the longest window over which there is a drift; 0 where there are days enough and they show none. */
function driftOf({ drift }: SignalTrend): number | undefined {
  const longestFirst = drift.toSorted((a, b) => b.window_days - a.window_days);
  const found = longestFirst.find(({ status }) => status === 'significant');
  if (found?.status === 'significant') return found.ratio_per_30d;
  return drift.some(({ status }) => status === 'insignificant') ? 0 : undefined;
}

export const trend = [
  {
    name: 'typhon_baseline_tokens_per_second',
    type: 'gauge',
    help: 'What decode speed is normal for the series: median of its last good runs, in tokens per second.',
    labels: seriesLabelNames,
    samples: eachBaseline('decode_speed', ({ median }) => median),
  },
  {
    name: 'typhon_baseline_time_to_first_token_seconds',
    type: 'gauge',
    help: 'What time to first token is normal for the series: median of its last good runs, in seconds.',
    labels: seriesLabelNames,
    samples: eachBaseline('ttft', ({ median }) => median),
  },
  {
    name: 'typhon_baseline_samples',
    type: 'gauge',
    help: 'Good runs that the decode speed of the baseline is the median of.',
    labels: seriesLabelNames,
    samples: eachBaseline('decode_speed', ({ samples }) => samples),
  },
  {
    name: 'typhon_regression_ratio',
    type: 'gauge',
    help: 'Median of the last runs (four, where there are so many) over that of the baseline, less 1: -0.12 is 12 % lower, whichever way is worse for the signal.',
    labels: [...seriesLabelNames, 'signal'],
    samples: eachSignal(({ change_ratio }) => change_ratio),
  },
  {
    name: 'typhon_regression_active',
    type: 'gauge',
    help: '1 while the signal is judged to have got worse for good, by size and by significance over several runs, else 0; nothing while the baseline is being learnt.',
    labels: [...seriesLabelNames, 'signal'],
    samples: eachSignal(({ regression }) =>
      regression.status === 'learning' ? undefined : Number(regression.status === 'active'),
    ),
  },
  {
    name: 'typhon_last_month_change_ratio',
    type: 'gauge',
    help: 'Level of the last seven days over that of the four weeks before them, weekday by weekday, less 1: -0.12 is 12 % lower. While the signal is judged to have got worse, over that of the four weeks before it did. Nothing while there are too few days with runs to tell.',
    labels: [...seriesLabelNames, 'signal'],
    samples: eachSignal(({ last_month }) => (last_month.status === 'known' ? last_month.change_ratio : undefined)),
  },
  {
    name: 'typhon_drift_ratio_per_30d',
    type: 'gauge',
    help: 'Slow change within 30 days, a ratio: -0.01 is 1 % lower a month, by the longest of 30, 90 and 365 days that shows one; 0 where there are days enough and no change is more than chance.',
    labels: [...seriesLabelNames, 'signal'],
    samples: eachSignal(driftOf),
  },
] as const satisfies MetricFamily;
