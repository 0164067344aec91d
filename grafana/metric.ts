import type { MetricName } from '../src/metrics/registry.js';

/** A metric of ours in an expression: the compiler knows its name. */
export function metric(name: MetricName): MetricName {
  return name;
}
