/** What the requests of each test came to since the agent started. */
import type { MetricFamily } from '../metric.js';
import { type MetricSample, single } from '../sample.js';
import { MOST_SERIES, MOST_SERIES_PER_TARGET } from '../series/benchmark-series.js';
import { perSeries } from '../series/per-series.js';
import { seriesLabelNames } from '../series/series-labels.js';

const COUNTED =
  'warm-ups included, cancelled runs left out; a run whose server could not be used counts as one for each of its tests';

export const benchmarkRequests = [
  {
    name: 'typhon_benchmark_tokens_total',
    type: 'counter',
    help: 'Tokens of the successful timed requests since the agent started: read from prompts, or generated.',
    labels: [...seriesLabelNames, 'kind'],
    samples: perSeries(
      ({ benchmarks }) => benchmarks.visible(),
      ({ labels, counts }): MetricSample[] => [
        { labels: { ...labels, kind: 'prompt' }, value: counts.promptTokens },
        { labels: { ...labels, kind: 'completion' }, value: counts.completionTokens },
      ],
    ),
  },
  {
    name: 'typhon_benchmark_decode_seconds_total',
    type: 'counter',
    help: 'Seconds from the first to the last token of the successful timed requests since the agent started, streams at once added up.',
    labels: seriesLabelNames,
    samples: perSeries(
      ({ benchmarks }) => benchmarks.visible(),
      ({ labels, counts }): MetricSample[] => [{ labels, value: counts.decodeSeconds }],
    ),
  },
  {
    name: 'typhon_benchmark_requests_total',
    type: 'counter',
    help: `Requests sent since the agent started, ${COUNTED}.`,
    labels: seriesLabelNames,
    samples: perSeries(
      ({ benchmarks }) => benchmarks.visible(),
      ({ labels, counts }): MetricSample[] => [{ labels, value: counts.requests }],
    ),
  },
  {
    name: 'typhon_benchmark_request_failures_total',
    type: 'counter',
    help: `Requests that failed since the agent started, by reason, ${COUNTED}. A sample exists once its reason has occurred.`,
    labels: [...seriesLabelNames, 'error'],
    samples: perSeries(
      ({ benchmarks }) => benchmarks.visible(),
      ({ labels, counts }): MetricSample[] =>
        Array.from(counts.failures, ([error, value]) => ({ labels: { ...labels, error }, value })),
    ),
  },
  {
    name: 'typhon_series_dropped_total',
    type: 'counter',
    help: `Benchmark series given up since the agent started because there were more than ${MOST_SERIES_PER_TARGET} of one target or ${MOST_SERIES} in all, those measured longest ago first.`,
    labels: [],
    samples: ({ benchmarks }) => single(benchmarks.dropped),
  },
] as const satisfies MetricFamily;
