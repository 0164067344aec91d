/**
 * The figures of a test. The schema of a result, its aggregates, the rows of the chronicle, the metrics and the tables of
 * terminal and page are made from this table: a new figure is one entry.
 */
import type { TestFigure } from './figure-table.js';

const LAST_GOOD = 'of the last successful run';

const interTokenLatency = {
  name: 'typhon_benchmark_inter_token_latency_seconds',
  help: `Percentiles of the seconds between two tokens in a row, over the timed requests ${LAST_GOOD}.`,
} as const;

/** By the name that results and rows have for it. */
export const testFigures = {
  avg_tps: {
    unit: 'tokens/s',
    fromRequests: { take: 'mean', of: 'tps' },
    inRow: true,
    metric: {
      name: 'typhon_benchmark_tokens_per_second',
      help: `Decode speed of one stream, also in a load test, in tokens per second: the tokens after the first over the time from it to the last, mean over the timed requests ${LAST_GOOD}.`,
    },
    terminal: { title: 'Decode tok/s', besideStreams: { title: 'One stream tok/s' } },
    page: { title: 'Decode', note: 'tokens/s', besideStreams: { title: 'One stream', note: 'tokens/s' } },
    interval: 'ci95_tps',
  },
  best_tps: {
    unit: 'tokens/s',
    fromRequests: { take: 'max', of: 'tps' },
    inRow: true,
    metric: {
      name: 'typhon_benchmark_best_tokens_per_second',
      help: `Decode speed of one stream in tokens per second, of the fastest timed request ${LAST_GOOD}.`,
    },
    page: { title: 'Best', note: 'tokens/s', besideStreams: { title: 'Best stream', note: 'tokens/s' } },
  },
  stddev_tps: { unit: 'tokens/s', fromRequests: { take: 'deviation', of: 'tps' } },
  cv_tps: {
    unit: 'ratio',
    fromRequests: { take: 'variation', of: 'tps' },
    inRow: true,
    metric: {
      name: 'typhon_benchmark_tokens_per_second_cv',
      help: `Noise of the decode speed: sample standard deviation over mean, a ratio, over the timed requests ${LAST_GOOD}.`,
    },
  },
  ci95_tps: { unit: 'tokens/s', fromRequests: { take: 'ci95', of: 'tps' } },
  /** Of a load test alone: with one stream it says nothing new. */
  aggregate_tps: {
    unit: 'tokens/s',
    inRow: true,
    metric: {
      name: 'typhon_benchmark_aggregate_tokens_per_second',
      help: `Speed of all streams of a load test together in tokens per second: their tokens over the time from the first send to the last token, ${LAST_GOOD}.`,
    },
    terminal: { title: 'All streams tok/s', isOptional: true },
    page: { title: 'All streams', note: 'tokens/s', isOptional: true },
  },
  avg_prefill_tps: {
    unit: 'tokens/s',
    fromRequests: { take: 'mean', of: 'prefill_tps' },
    inRow: true,
    metric: {
      name: 'typhon_benchmark_prefill_tokens_per_second',
      help: `Prefill speed in tokens per second: prompt tokens over the time to the first token, mean over the timed requests ${LAST_GOOD}, those with a cached prompt left out.`,
    },
    terminal: { title: 'Prefill tok/s' },
    page: { title: 'Prefill', note: 'tokens/s' },
  },
  avg_ttft_s: {
    unit: 's',
    fromRequests: { take: 'mean', of: 'ttft_s' },
    inRow: true,
    metric: {
      name: 'typhon_benchmark_time_to_first_token_seconds',
      help: `Seconds from sending a request to its first token, reasoning included, mean over the timed requests ${LAST_GOOD}.`,
    },
    terminal: { title: 'TTFT' },
    page: { title: 'First token' },
  },
  /** Of the streams of a load test that had to wait until another one had ended. */
  avg_queued_ttft_s: {
    unit: 's',
    addedLater: true,
    fromRequests: { take: 'mean', of: 'queued_ttft_s' },
    terminal: { title: 'TTFT queued', isOptional: true },
    page: { title: 'First token', note: 'queued', isOptional: true },
  },
  stddev_ttft_s: { unit: 's', fromRequests: { take: 'deviation', of: 'ttft_s' } },
  ci95_ttft_s: { unit: 's', fromRequests: { take: 'ci95', of: 'ttft_s' } },
  avg_elapsed_s: {
    unit: 's',
    fromRequests: { take: 'mean', of: 'elapsed_s' },
    inRow: true,
    metric: {
      name: 'typhon_benchmark_elapsed_seconds',
      help: `Seconds from sending a request to the end of its answer, mean over the timed requests ${LAST_GOOD}.`,
    },
  },
  itl_p50_s: {
    unit: 's',
    fromRequests: { take: 'mean', of: 'itl_p50_s' },
    metric: { ...interTokenLatency, labels: { percentile: '50' } },
  },
  itl_p95_s: {
    unit: 's',
    fromRequests: { take: 'mean', of: 'itl_p95_s' },
    metric: { ...interTokenLatency, labels: { percentile: '95' } },
  },
  itl_p99_s: {
    unit: 's',
    fromRequests: { take: 'mean', of: 'itl_p99_s' },
    metric: { ...interTokenLatency, labels: { percentile: '99' } },
  },
  /** With speculative decoding alone. */
  draft_acceptance: {
    unit: 'ratio',
    addedLater: true,
    fromRequests: { take: 'mean', of: 'draft_acceptance' },
    metric: {
      name: 'typhon_benchmark_draft_acceptance_ratio',
      help: `Share of the tokens drafted by speculative decoding that the model accepted, 0 to 1, as the server tells: mean over the timed requests ${LAST_GOOD}.`,
    },
    terminal: { title: 'Draft acc.', isOptional: true },
    page: { title: 'Draft', note: 'accepted', isOptional: true },
  },
  /** Of a run for which the model had to be loaded: told by the first test with a timed success alone. */
  model_load_s: {
    unit: 's',
    addedLater: true,
    inRow: true,
    metric: {
      name: 'typhon_benchmark_model_load_seconds',
      help: `Seconds from asking the server to load the model until it was ready, where the last successful run had to have it loaded; on the run's first test alone.`,
    },
  },
  prompt_tokens: { unit: 'tokens', fromRequests: { take: 'mean', of: 'prompt_tokens' }, inRow: true },
  /** What a filling prompt was sized to: less than `ctx_size` where the output needs the room. */
  prompt_target_tokens: { unit: 'tokens' },
  completion_tokens: { unit: 'tokens', fromRequests: { take: 'mean', of: 'completion_tokens' }, inRow: true },
  /** Of the canary alone: 1 or 0; unknown where it was not judged. */
  canary_match: {
    unit: 'ratio',
    addedLater: true,
    inRow: true,
    metric: {
      name: 'typhon_benchmark_canary_match',
      help: `Whether the model gave the same answer to the canary's fixed request as before: 1 the same, 0 another one which nothing that is known explains, ${LAST_GOOD}. Absent where there is nothing to hold it against, the server is not deterministic, or something was changed.`,
    },
  },
} as const satisfies Readonly<Record<string, TestFigure>>;

export type TestFigureName = keyof typeof testFigures;
