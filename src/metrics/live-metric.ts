/** Metrics whose samples are read from the agent's state when somebody scrapes. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { LiveMetricDefinition, MetricDefinition, Sample } from './metric.js';
import type { MetricSources } from './metric-sources.js';

type Read = () => readonly Sample[];

class LiveGauge extends Gauge<string> {
  readonly #read: Read;

  constructor(definition: LiveMetricDefinition, registry: Registry, read: Read) {
    super({ name: definition.name, help: definition.help, labelNames: definition.labels, registers: [registry] });
    this.#read = read;
  }

  override async get() {
    return withSamples(await super.get(), this.#read());
  }
}

class LiveCounter extends Counter<string> {
  readonly #read: Read;

  constructor(definition: LiveMetricDefinition, registry: Registry, read: Read) {
    super({ name: definition.name, help: definition.help, labelNames: definition.labels, registers: [registry] });
    this.#read = read;
  }

  override async get() {
    return withSamples(await super.get(), this.#read());
  }
}

function withSamples<
  Described extends { values: { value: number; labels: Partial<Record<string, string | number>> }[] },
>(described: Described, samples: readonly Sample[]): Described {
  // The array itself, not a copy: as long as it is the same, so is the text that is made of it.
  return { ...described, values: samples as Sample[] };
}

/** Puts a metric into the registry. */
export function registerMetric(registry: Registry, definition: MetricDefinition, sources: MetricSources): void {
  switch (definition.type) {
    case 'gauge':
      new LiveGauge(definition, registry, () => definition.samples(sources));
      return;
    case 'counter':
      new LiveCounter(definition, registry, () => definition.samples(sources));
      return;
    case 'histogram':
      definition.attach(histogramOf(definition, registry), sources);
  }
}

function histogramOf(definition: Extract<MetricDefinition, { type: 'histogram' }>, registry: Registry): Histogram {
  const { name, help, labels, buckets } = definition;
  return new Histogram({ name, help, labelNames: labels, buckets: [...buckets], registers: [registry] });
}
