/** How fast the last good run of each test was. */

import { type MetricFamily, type MetricSample, sampleOf } from '../metric.js';
import type { Measured } from '../series/measured.js';
import { perSeries } from '../series/per-series.js';
import { seriesLabelNames } from '../series/series-labels.js';

function eachMeasured(read: (measured: Measured) => number | null) {
  return perSeries(
    ({ benchmarks }) => benchmarks.visible(),
    ({ labels, measured }) => (measured === undefined ? [] : sampleOf(labels, read(measured))),
  );
}

const percentiles = { '50': 'itl_p50_s', '95': 'itl_p95_s', '99': 'itl_p99_s' } as const;

const LAST_GOOD = 'of the last run with a success, warm-up left out';

export const benchmarkSpeed = [
  {
    name: 'typhon_benchmark_tokens_per_second',
    type: 'gauge',
    help: `Decode speed in tokens per second: (n - 1) tokens over the time from the first to the last token, mean over the requests ${LAST_GOOD}.`,
    labels: seriesLabelNames,
    samples: eachMeasured(({ avg_tps }) => avg_tps),
  },
  {
    name: 'typhon_benchmark_best_tokens_per_second',
    type: 'gauge',
    help: `Decode speed in tokens per second of the fastest request ${LAST_GOOD}.`,
    labels: seriesLabelNames,
    samples: eachMeasured(({ best_tps }) => best_tps),
  },
  {
    name: 'typhon_benchmark_prefill_tokens_per_second',
    type: 'gauge',
    help: `Prefill speed in tokens per second: prompt tokens over the time to the first token, mean over the requests ${LAST_GOOD} whose prompt was not cached.`,
    labels: seriesLabelNames,
    samples: eachMeasured(({ avg_prefill_tps }) => avg_prefill_tps),
  },
  {
    name: 'typhon_benchmark_tokens_per_second_cv',
    type: 'gauge',
    help: `Noise of the decode speed: sample standard deviation over mean, a ratio, over the requests ${LAST_GOOD}.`,
    labels: seriesLabelNames,
    samples: eachMeasured(({ cv_tps }) => cv_tps),
  },
  {
    name: 'typhon_benchmark_time_to_first_token_seconds',
    type: 'gauge',
    help: `Seconds from sending a request to its first token, reasoning included, mean over the requests ${LAST_GOOD}.`,
    labels: seriesLabelNames,
    samples: eachMeasured(({ avg_ttft_s }) => avg_ttft_s),
  },
  {
    name: 'typhon_benchmark_elapsed_seconds',
    type: 'gauge',
    help: `Seconds from sending a request to the end of its answer, mean over the requests ${LAST_GOOD}.`,
    labels: seriesLabelNames,
    samples: eachMeasured(({ avg_elapsed_s }) => avg_elapsed_s),
  },
  {
    name: 'typhon_benchmark_inter_token_latency_seconds',
    type: 'gauge',
    help: `Percentiles of the seconds between two tokens in a row, over the requests ${LAST_GOOD}.`,
    labels: [...seriesLabelNames, 'percentile'],
    samples: perSeries(
      ({ benchmarks }) => benchmarks.visible(),
      ({ labels, measured }): MetricSample[] =>
        measured === undefined
          ? []
          : Object.entries(percentiles).flatMap(([percentile, field]) =>
              sampleOf({ ...labels, percentile }, measured[field]),
            ),
    ),
  },
] as const satisfies MetricFamily;
