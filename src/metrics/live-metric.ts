/** Metrics whose samples are read from the agent's state when somebody scrapes. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { HistogramDefinition, MetricDefinition } from './metric.js';
import type { MetricSources } from './metric-sources.js';
import type { MetricSample } from './sample.js';

/** Puts a metric into the registry. */
export function registerMetric(registry: Registry, definition: MetricDefinition, sources: MetricSources): void {
  switch (definition.type) {
    case 'gauge':
      readLive(new Gauge(settingsOf(definition, registry)), () => definition.samples(sources));
      return;
    case 'counter':
      readLive(new Counter(settingsOf(definition, registry)), () => definition.samples(sources));
      return;
    case 'histogram':
      definition.attach(histogramOf(definition, registry), sources);
  }
}

function settingsOf({ name, help, labels }: MetricDefinition, registry: Registry) {
  return { name, help, labelNames: labels, registers: [registry] };
}

function readLive(metric: Gauge | Counter, read: () => readonly MetricSample[]): void {
  const described = metric.get.bind(metric);
  // The array itself, not a copy: as long as it is the same, so is the text that is made of it.
  metric.get = async () => ({ ...(await described()), values: read() as MetricSample[] });
}

function histogramOf(definition: HistogramDefinition, registry: Registry): Histogram {
  return new Histogram({ ...settingsOf(definition, registry), buckets: [...definition.buckets] });
}
