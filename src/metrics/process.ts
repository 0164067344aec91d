/** The agent's own process, as prom-client reads it. */
import { collectDefaultMetrics, type Registry } from 'prom-client';

// Gauges that are named like counters, which promtool warns of; each is the sum of another that stays.
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Adds `process_*` and `nodejs_*`. */
export function registerProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
}
