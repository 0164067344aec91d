/** One PromQL query of a panel, and what must have happened before it has an answer. */
import { benchmarkGpu } from '../src/metrics/families/benchmark-gpu.js';
import { gpu } from '../src/metrics/families/gpu.js';
import type { MetricName } from '../src/metrics/registry.js';

/**
 * `gpu`: a GPU that can be read. `baseline`: as many good runs as a baseline is learnt from. `drift`: weeks of them.
 * `run`: a scrape while a benchmark runs. `change`: a driver, a server or the like that was replaced by another.
 */
export type QueryNeed = 'gpu' | 'baseline' | 'drift' | 'run' | 'change';

export interface PlannedQuery {
  readonly expr: string;
  /** Grafana's legend format: `{{label}}`. A table has none. */
  readonly legend?: string;
  readonly needs: readonly QueryNeed[];
}

const needOf: Partial<Readonly<Record<MetricName, QueryNeed>>> = {
  typhon_baseline_tokens_per_second: 'baseline',
  typhon_baseline_time_to_first_token_seconds: 'baseline',
  typhon_baseline_samples: 'baseline',
  typhon_regression_active: 'baseline',
  typhon_regression_ratio: 'baseline',
  typhon_drift_ratio_per_30d: 'drift',
  typhon_job_progress_ratio: 'run',
  typhon_runner_phase_seconds: 'run',
};

const needs = new Map<string, QueryNeed>([
  ...[...benchmarkGpu, ...gpu].map(({ name }) => [name, 'gpu'] as const),
  ...Object.entries(needOf),
]);

/** The names of the project's own metrics in a PromQL expression. */
function metricNamesIn(expr: string): readonly string[] {
  return [...new Set(expr.match(/\btyphon_[a-z0-9_]+/g))];
}

/** A query that needs what its metrics need, or, where it answers without one of them, what `needs` lists. */
export function query(expr: string, legend?: string, ownNeeds?: readonly QueryNeed[]): PlannedQuery {
  const found = metricNamesIn(expr).flatMap((name) => needs.get(name) ?? []);
  return { expr, ...(legend === undefined ? {} : { legend }), needs: ownNeeds ?? [...new Set(found)].sort() };
}
