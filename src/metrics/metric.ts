/** One metric: its name, type and help text, which stand here and nowhere else, and where its samples come from. */
import type { Histogram } from 'prom-client';
import type { MetricSources } from './metric-sources.js';
import type { MetricSample } from './sample.js';

interface Described {
  readonly name: `typhon_${string}`;
  /** The definition, with the unit where the name does not end in it. */
  readonly help: string;
  readonly labels: readonly string[];
}

/** Read anew at every scrape, so that what is not known any more is not published any more. */
export interface LiveMetricDefinition<Sources = MetricSources> extends Described {
  readonly type: 'gauge' | 'counter';
  readonly samples: (sources: Sources) => readonly MetricSample[];
}

export interface HistogramDefinition extends Described {
  readonly type: 'histogram';
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
  /** Called once: lets whoever has the values put them in. */
  readonly attach: (histogram: Histogram, sources: MetricSources) => void;
}

export type MetricDefinition = LiveMetricDefinition | HistogramDefinition;

/** Metrics that belong together: one file, one line in `registry.ts`. */
export type MetricFamily = readonly MetricDefinition[];
