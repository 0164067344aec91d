/** One sample for each model of each target, for alerts: one slowdown shows in many tests and signals at once. */

import type { WorstTest } from '../../trends/verdict/slowdown.js';
import type { MetricFamily } from '../metric.js';
import { sampleOf } from '../sample.js';
import { perSeries } from '../series/per-series.js';
import { labelValue } from '../series/series-labels.js';
import { type ModelSlowdown, slowdowns } from '../series/slowdown.js';

const MS_PER_SECOND = 1000;

function each(read: (summary: ModelSlowdown) => number | undefined) {
  return perSeries(
    ({ trends }) => slowdowns(trends.visible()),
    (summary) => sampleOf(summary.labels, read(summary)),
  );
}

/** Of the worst test, where its signal is a speed or is not. */
function ofWorst(kind: 'speed' | 'wait', read: (worst: WorstTest) => number) {
  return each(({ worst }) => {
    if (worst === undefined || (worst.signal === 'ttft') !== (kind === 'wait')) return undefined;
    return read(worst);
  });
}

const MODEL_LABELS = ['target', 'model'] as const;

export const slowdown = [
  {
    name: 'typhon_slowdown_judged_tests',
    type: 'gauge',
    help: 'Tests of the model that have a baseline to be compared with.',
    labels: MODEL_LABELS,
    samples: each(({ tests }) => (tests === 0 ? undefined : tests)),
  },
  {
    name: 'typhon_slowdown_slower_tests',
    type: 'gauge',
    help: 'Those of them whose decode speed, prefill speed or time to first token is judged to have got worse for good.',
    labels: MODEL_LABELS,
    samples: each(({ tests, slowerTests }) => (tests === 0 ? undefined : slowerTests)),
  },
  {
    name: 'typhon_slowdown_info',
    type: 'gauge',
    help: 'Always 1, while a test is slower: which is the worst of them, by which signal, and the likely cause in words, where one is known.',
    labels: [...MODEL_LABELS, 'test', 'signal', 'cause'],
    samples: perSeries(
      ({ trends }) => slowdowns(trends.visible()),
      ({ labels, worst, cause }) =>
        worst === undefined
          ? []
          : [
              {
                labels: {
                  ...labels,
                  test: labelValue(worst.test),
                  signal: worst.signal,
                  cause: labelValue(cause ?? ''),
                },
                value: 1,
              },
            ],
    ),
  },
  {
    name: 'typhon_slowdown_ratio',
    type: 'gauge',
    help: 'Of the worst test: median of its last runs over that of its baseline, less 1; -0.3 is 30 % lower. Nothing while none is slower.',
    labels: MODEL_LABELS,
    samples: each(({ worst }) => worst?.changeRatio),
  },
  {
    name: 'typhon_slowdown_tokens_per_second',
    type: 'gauge',
    help: 'Of the worst test: decode or prefill speed now in tokens per second, median of its last runs. Nothing while no speed is lower.',
    labels: MODEL_LABELS,
    samples: ofWorst('speed', ({ now }) => now),
  },
  {
    name: 'typhon_slowdown_baseline_tokens_per_second',
    type: 'gauge',
    help: 'Of the worst test: decode or prefill speed that is normal for it, in tokens per second. Nothing while no speed is lower.',
    labels: MODEL_LABELS,
    samples: ofWorst('speed', ({ normal }) => normal),
  },
  {
    name: 'typhon_slowdown_time_to_first_token_seconds',
    type: 'gauge',
    help: 'Of the worst test: seconds to the first token now, where that alone got longer.',
    labels: MODEL_LABELS,
    samples: ofWorst('wait', ({ now }) => now),
  },
  {
    name: 'typhon_slowdown_baseline_time_to_first_token_seconds',
    type: 'gauge',
    help: 'Of the worst test: seconds to the first token that are normal for it, where that alone got longer.',
    labels: MODEL_LABELS,
    samples: ofWorst('wait', ({ normal }) => normal),
  },
  {
    name: 'typhon_slowdown_since_timestamp_seconds',
    type: 'gauge',
    help: 'When the first slow run of any of the tests that are slower took place, in seconds since the epoch.',
    labels: MODEL_LABELS,
    samples: each(({ sinceMs }) => (sinceMs === undefined ? undefined : sinceMs / MS_PER_SECOND)),
  },
] as const satisfies MetricFamily;
