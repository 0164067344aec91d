/** What was measured as a file for the textfile collector of node_exporter, Telegraf and others: the gauges of the tests. */
import { benchmarkGpu } from '../families/benchmark-gpu.js';
import { benchmarkInfo } from '../families/benchmark-info.js';
import { benchmarkOutcome } from '../families/benchmark-outcome.js';
import { benchmarkSpeed } from '../families/benchmark-speed.js';
import type { LiveMetricDefinition } from '../metric.js';
import type { SeriesSources } from '../metric-sources.js';
import { exposition } from './exposition.js';

// No counters: those of an agent begin with it, and a command has no more to count than its own run.
const metrics: readonly LiveMetricDefinition<SeriesSources>[] = [
  ...benchmarkSpeed,
  ...benchmarkGpu,
  ...benchmarkInfo,
  ...benchmarkOutcome,
];

/** In the text format, without time stamps: the collectors refuse them. */
export function textfileOf(sources: SeriesSources): string {
  const collected = metrics.map(({ name, help, type, samples }) => ({ name, help, type, values: samples(sources) }));
  return exposition(collected, 'text')
    .map(({ text }) => text)
    .join('');
}
