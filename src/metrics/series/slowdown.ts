/** The slowdown of each model of each target, with the labels of its series. */
import { type Slowdown, slowdownOf } from '../../trends/verdict/slowdown.js';
import type { MetricLabels } from '../sample.js';
import type { EvaluatedSeries } from './trend-series.js';

export interface ModelSlowdown extends Slowdown {
  /** `target`, `model` and what the configuration adds: the same whatever gets slower. */
  readonly labels: MetricLabels;
}

const known = new WeakMap<readonly EvaluatedSeries[], readonly ModelSlowdown[]>();

/** The same frozen array as before for the same array of series. */
export function slowdowns(series: readonly EvaluatedSeries[]): readonly ModelSlowdown[] {
  const summaries = known.get(series) ?? Object.freeze([...byModel(series).values()].map(summaryOf));
  known.set(series, summaries);
  return summaries;
}

function byModel(series: readonly EvaluatedSeries[]): ReadonlyMap<string, readonly EvaluatedSeries[]> {
  const models = new Map<string, EvaluatedSeries[]>();
  for (const evaluated of series) {
    const { target, model } = evaluated.trend.series;
    const key = JSON.stringify([target, model]);
    const others = models.get(key);
    if (others === undefined) models.set(key, [evaluated]);
    else others.push(evaluated);
  }
  return models;
}

function summaryOf(series: readonly EvaluatedSeries[]): ModelSlowdown {
  return { ...slowdownOf(series.map(({ trend }) => trend)), labels: modelLabels(series[0]?.labels ?? {}) };
}

function modelLabels({ server, test, category, ctx_size, ...labels }: MetricLabels): MetricLabels {
  return labels;
}
