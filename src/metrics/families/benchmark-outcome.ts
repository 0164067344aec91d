/** Whether and when each test was measured last. */
import type { MetricFamily } from '../metric.js';
import { sampleOf } from '../sample.js';
import { perSeries } from '../series/per-series.js';
import { seriesLabelNames } from '../series/series-labels.js';

const MS_PER_SECOND = 1000;

export const benchmarkOutcome = [
  {
    name: 'typhon_benchmark_success',
    type: 'gauge',
    help: '1 where the last attempt had at least one timed request that succeeded, else 0; the figures beside it are then those of an earlier run.',
    labels: seriesLabelNames,
    samples: perSeries(
      ({ benchmarks }) => benchmarks.visible(),
      ({ labels, attempt }) => sampleOf(labels, attempt === undefined ? undefined : Number(attempt.failures === 0)),
    ),
  },
  {
    name: 'typhon_benchmark_consecutive_failures',
    type: 'gauge',
    help: 'Attempts in a row, up to the last one, without a timed request that succeeded; after a restart as many as the files still tell of.',
    labels: seriesLabelNames,
    samples: perSeries(
      ({ benchmarks }) => benchmarks.visible(),
      ({ labels, attempt }) => sampleOf(labels, attempt?.failures),
    ),
  },
  {
    name: 'typhon_benchmark_last_run_timestamp_seconds',
    type: 'gauge',
    help: 'When the last attempt ended, in seconds since the epoch.',
    labels: seriesLabelNames,
    samples: perSeries(
      ({ benchmarks }) => benchmarks.visible(),
      ({ labels, attempt }) => sampleOf(labels, attempt === undefined ? undefined : attempt.atMs / MS_PER_SECOND),
    ),
  },
  {
    name: 'typhon_benchmark_last_success_timestamp_seconds',
    type: 'gauge',
    help: 'When the last run with a timed request that succeeded ended, in seconds since the epoch.',
    labels: seriesLabelNames,
    samples: perSeries(
      ({ benchmarks }) => benchmarks.visible(),
      ({ labels, lastSuccessAtMs }) =>
        sampleOf(labels, lastSuccessAtMs === undefined ? undefined : lastSuccessAtMs / MS_PER_SECOND),
    ),
  },
] as const satisfies MetricFamily;
