import { trendsParameters } from '../../api/routes/trends.js';
import { type TrendsAnswer, trendsAnswerSchema } from '../../api/trends-answer.js';
import { change, formatKnown } from '../../shared/figure-text.js';
import { testName } from '../../shared/test-name.js';
import { signals } from '../../trends/signal.js';
import type { SignalTrend } from '../../trends/trend.js';
import { tool } from '../tool.js';

export const getTrends = tool({
  name: 'get_trends',
  title: 'Trends over all runs',
  description:
    'What is normal for each test of each model here, by the history of all runs, and whether it is worse now: baseline, present level, regression, drift. `points` adds the single runs.',
  changes: false,
  // Points cost a model thousands of tokens: whoever needs them asks for them.
  input: trendsParameters.extend({
    points: trendsParameters.shape.points.unwrap().default(0).meta({ description: 'Of the last runs of each series' }),
  }),
  output: trendsAnswerSchema,
  handle: async (query, { services }) => {
    const answer = await services.trends(query);
    return { text: trendsText(answer), content: answer };
  },
});

function trendsText({ series, drop, min_samples: needed }: TrendsAnswer): string {
  if (series.length === 0) return 'There is no such series: nothing of it was measured yet.';
  const parts = series.map((trend) => {
    const { model, target, test_id } = trend.series;
    const lines = trend.signals.map((signal) => `- ${signalWords(signal)}`);
    return [
      `${model} at ${target}, ${testName(test_id)}: ${trend.runs} runs, the last ${trend.last_run_at}`,
      ...lines,
    ].join('\n');
  });
  return [
    ...parts,
    `Worse means: at least ${Math.round(drop * 100)} %, for good and beyond noise; judging begins with ${needed} runs.`,
  ].join('\n\n');
}

function signalWords(trend: SignalTrend): string {
  const { label } = signals[trend.signal];
  const figure = (value: number | undefined) => formatKnown(value, (known) => `${known.toPrecision(4)} ${trend.unit}`);
  const levels = `${figure(trend.current?.median)} now, ${figure(trend.baseline?.median)} normally`;
  const moved = trend.change_ratio === null ? '' : ` (${change(trend.change_ratio)})`;
  const drifts = trend.drift.flatMap((drift) =>
    drift.status === 'significant'
      ? [`drifts by ${change(drift.ratio_per_30d)} in 30 days (over ${drift.window_days} days)`]
      : [],
  );
  return [`${label}: ${levels}${moved}`, regressionWords(trend), ...drifts].join('; ');
}

function regressionWords({ regression }: SignalTrend): string {
  switch (regression.status) {
    case 'learning':
      return `too early to judge (${regression.samples} of ${regression.needed} runs)`;
    case 'steady':
      return 'steady';
    case 'active':
      return `worse since ${regression.since} (${change(regression.change_ratio)})`;
  }
}
