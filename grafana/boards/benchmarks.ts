/** What the benchmarks measured, over time, by test and by size of the context. */
import { changeMarks, runMarks } from '../annotation.js';
import type { Board, BoardRow } from '../board.js';
import { rowLink } from '../link.js';
import { doneOrFailed, JOULES_PER_TOKEN, RATIO, SERIES_LEGEND, TOKENS_PER_SECOND } from '../look.js';
import { curve } from '../panels/curve.js';
import { table } from '../panels/table.js';
import { timeSeries } from '../panels/time-series.js';
import { by, curveExpr, increaseOf, increaseSinceFirst, MACHINE_TARGET, SERIES } from '../promql.js';
import { query } from '../query.js';
import { series } from '../series.js';
import { uids } from '../uid.js';
import { gpuDuringTests } from './gpu-during-tests.js';
import { modelsSideBySide } from './models-side-by-side.js';
import { severalStreams } from './several-streams.js';

const decode = series('typhon_benchmark_tokens_per_second');
const prefill = series('typhon_benchmark_prefill_tokens_per_second');
const firstToken = series('typhon_benchmark_time_to_first_token_seconds');
const energy = series('typhon_benchmark_energy_joules_per_token');

const CONTEXT_SWEEP = { category: 'context_sweep' } as const;

const degradationLink = rowLink('Degradation of this test', uids.degradation, {
  machine: 'Machine',
  target: 'Target',
  model: 'Model',
  test: 'Test',
});

/** Generated tokens over the seconds they took, of all runs in the dashboard's range; of none where there was no run. */
function overTheRange(): string {
  const tokens = increaseOf(series('typhon_benchmark_tokens_total', { kind: 'completion' }), '$__range');
  const seconds = increaseOf(series('typhon_benchmark_decode_seconds_total'), '$__range');
  return `${by('sum', SERIES, tokens)} / (${by('sum', SERIES, seconds)} > 0)`;
}

const lastResults: BoardRow = {
  title: 'Last results',
  panels: [
    table({
      id: 1,
      title: 'Last results',
      description:
        'Of the last run of each test that had a success. Over the range: tokens generated in all runs of the time range over the seconds that took, by the counters; higher than the mean of the runs by one part in the number of tokens of a request.',
      unit: 'short',
      width: 24,
      height: 9,
      labels: [
        { label: 'instance', header: 'Machine' },
        { label: 'target', header: 'Target' },
        { label: 'model', header: 'Model' },
        { label: 'test', header: 'Test', link: degradationLink },
      ],
      values: [
        { header: 'Decode', query: query(by('max', SERIES, decode)), unit: TOKENS_PER_SECOND, decimals: 1 },
        {
          header: 'Best',
          query: query(by('max', SERIES, series('typhon_benchmark_best_tokens_per_second'))),
          unit: TOKENS_PER_SECOND,
          decimals: 1,
        },
        { header: 'Over the range', query: query(overTheRange()), unit: TOKENS_PER_SECOND, decimals: 1 },
        {
          header: 'Noise',
          query: query(by('max', SERIES, series('typhon_benchmark_tokens_per_second_cv'))),
          unit: RATIO,
          decimals: 1,
          thresholds: ['green', [0.05, 'orange'], [0.15, 'red']],
        },
        { header: 'Prefill', query: query(by('max', SERIES, prefill)), unit: TOKENS_PER_SECOND, decimals: 0 },
        { header: 'First token', query: query(by('max', SERIES, firstToken)), unit: 's' },
        { header: 'Energy', query: query(by('max', SERIES, energy)), unit: JOULES_PER_TOKEN, decimals: 2 },
        {
          header: 'Last attempt',
          query: query(by('max', SERIES, series('typhon_benchmark_success'))),
          states: doneOrFailed,
        },
        {
          header: 'Last success',
          query: query(`${by('max', SERIES, series('typhon_benchmark_last_success_timestamp_seconds'))} * 1000`),
          unit: 'dateTimeFromNow',
        },
      ],
      sortBy: { header: 'Test', desc: false },
    }),
  ],
};

const speed: BoardRow = {
  title: 'Speed',
  panels: [
    timeSeries({
      id: 10,
      title: 'Decode speed',
      description: 'Mean of the last run’s requests: the tokens after the first over the time from it to the last.',
      unit: TOKENS_PER_SECOND,
      width: 12,
      height: 10,
      queries: [query(by('max', SERIES, decode), SERIES_LEGEND)],
      values: 'held',
      min: 0,
    }),
    timeSeries({
      id: 11,
      title: 'Prefill speed',
      description: 'Prompt tokens over the time to the first token, of requests whose prompt was not cached.',
      unit: TOKENS_PER_SECOND,
      width: 12,
      height: 10,
      queries: [query(by('max', SERIES, prefill), SERIES_LEGEND)],
      values: 'held',
      min: 0,
    }),
    timeSeries({
      id: 12,
      title: 'Time to first token',
      description: 'From sending a request to the first token of its answer, reasoning included.',
      unit: 's',
      width: 12,
      height: 10,
      queries: [query(by('max', SERIES, firstToken), SERIES_LEGEND)],
      values: 'held',
      min: 0,
    }),
    timeSeries({
      id: 13,
      title: 'Time between two tokens',
      description: 'Percentiles over the last run’s requests; of servers that send each token by itself.',
      unit: 's',
      width: 12,
      height: 10,
      queries: [
        query(
          by('max', [...SERIES, 'percentile'], series('typhon_benchmark_inter_token_latency_seconds')),
          `p{{percentile}} · ${SERIES_LEGEND}`,
        ),
      ],
      values: 'held',
      min: 0,
    }),
    timeSeries({
      id: 14,
      title: 'Noise of the decode speed',
      description: 'Standard deviation over mean, among the requests of one run. A noisy machine hides small changes.',
      unit: RATIO,
      width: 12,
      height: 9,
      queries: [query(by('max', SERIES, series('typhon_benchmark_tokens_per_second_cv')), SERIES_LEGEND)],
      values: 'held',
      min: 0,
      thresholds: ['green', [0.05, 'orange'], [0.15, 'red']],
    }),
    timeSeries({
      id: 15,
      title: 'Time of a whole request',
      description: 'From sending a request to the end of its answer.',
      unit: 's',
      width: 12,
      height: 9,
      queries: [query(by('max', SERIES, series('typhon_benchmark_elapsed_seconds')), SERIES_LEGEND)],
      values: 'held',
      min: 0,
    }),
  ],
};

const context: BoardRow = {
  title: 'Context curve',
  panels: [
    curve({
      id: 20,
      title: 'Decode speed by context',
      description: 'How fast tokens are generated behind a prompt that fills a context of this many tokens.',
      unit: TOKENS_PER_SECOND,
      width: 8,
      height: 9,
      queries: [query(curveExpr(series('typhon_benchmark_tokens_per_second', CONTEXT_SWEEP)))],
    }),
    curve({
      id: 21,
      title: 'Prefill speed by context',
      description: 'How fast a prompt that fills a context of this many tokens is read.',
      unit: TOKENS_PER_SECOND,
      width: 8,
      height: 9,
      queries: [query(curveExpr(series('typhon_benchmark_prefill_tokens_per_second', CONTEXT_SWEEP)))],
    }),
    curve({
      id: 22,
      title: 'Time to first token by context',
      description: 'How long one waits for the first token behind a prompt that fills a context of this many tokens.',
      unit: 's',
      width: 8,
      height: 9,
      queries: [query(curveExpr(series('typhon_benchmark_time_to_first_token_seconds', CONTEXT_SWEEP)))],
    }),
  ],
};

const requests: BoardRow = {
  title: 'Requests',
  panels: [
    timeSeries({
      id: 40,
      title: 'Requests',
      description: 'Requests of the benchmarks, warm-ups included.',
      unit: 'short',
      width: 12,
      height: 8,
      queries: [
        query(
          by('sum', MACHINE_TARGET, increaseOf(series('typhon_benchmark_requests_total'), '$__rate_interval')),
          '{{target}} @ {{instance}}',
        ),
      ],
      values: 'counted',
      min: 0,
      legendValues: ['max'],
    }),
    timeSeries({
      id: 41,
      title: 'Failed requests',
      description: 'By reason, warm-ups included.',
      unit: 'short',
      width: 12,
      height: 8,
      queries: [
        query(
          by(
            'sum',
            [...MACHINE_TARGET, 'error'],
            increaseSinceFirst(series('typhon_benchmark_request_failures_total'), '$__rate_interval'),
          ),
          '{{error}} · {{target}} @ {{instance}}',
        ),
      ],
      values: 'counted',
      min: 0,
      legendValues: ['max'],
    }),
  ],
};

export const benchmarks: Board = {
  uid: uids.benchmarks,
  title: 'typhon · Benchmarks',
  description: 'What the benchmarks measured, run by run: speed, waiting, context, GPU memory, heat, power and energy.',
  from: 'now-7d',
  refresh: '1m',
  annotations: [runMarks(), ...changeMarks],
  rows: [lastResults, modelsSideBySide, speed, context, severalStreams, gpuDuringTests, requests],
};
