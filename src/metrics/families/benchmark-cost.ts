/** What a million tokens cost and what CO2 they stand for, where the configuration prices energy. */
import { tokenCost } from '../../trends/report/energy-cost.js';
import type { MetricFamily } from '../metric.js';
import type { MetricSources } from '../metric-sources.js';
import { type MetricSample, sampleOf } from '../sample.js';
import { seriesLabelNames } from '../series/series-labels.js';

const OF_WHAT = "a million generated tokens: the GPUs' energy alone, of the last successful run";

type Costs = ReturnType<typeof tokenCost>;

function samplesOf({ benchmarks, energy }: MetricSources, figure: keyof Costs): MetricSample[] {
  const price = energy();
  if (price === undefined) return [];
  return benchmarks.visible().flatMap(({ labels, measured, lastSuccessAtMs }) => {
    const joules = measured?.joules_per_token ?? null;
    if (joules === null || lastSuccessAtMs === undefined) return [];
    const costs = tokenCost(joules, price, new Date(lastSuccessAtMs));
    const shown = figure === 'cost_per_million_tokens' ? { ...labels, currency: price.currency ?? '' } : labels;
    return sampleOf(shown, costs[figure]);
  });
}

export const benchmarkCost = [
  {
    name: 'typhon_benchmark_energy_cost_per_million_tokens',
    type: 'gauge',
    help: `Price of ${OF_WHAT}, at the hour in which it ended. Absent without energy.price_per_kwh or energy.prices.`,
    labels: [...seriesLabelNames, 'currency'],
    samples: (sources) => samplesOf(sources, 'cost_per_million_tokens'),
  },
  {
    name: 'typhon_benchmark_energy_co2_grams_per_million_tokens',
    type: 'gauge',
    help: `Grams of CO2 for ${OF_WHAT}. Absent without energy.grams_co2_per_kwh.`,
    labels: seriesLabelNames,
    samples: (sources) => samplesOf(sources, 'grams_co2_per_million_tokens'),
  },
] as const satisfies MetricFamily;
