/** The agent's own process, as prom-client reads it. */
import { collectDefaultMetrics, type Registry } from 'prom-client';

// Gauges that are named like counters, which promtool warns of; each is the sum of another that stays.
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Those that the dashboards show. */
export const processMetricNames = [
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
  'process_open_fds',
  'nodejs_eventloop_lag_p99_seconds',
  'nodejs_heap_size_used_bytes',
] as const;
export type ProcessMetricName = (typeof processMetricNames)[number];

// At its default of 10 ms the measuring alone wakes an agent at rest a hundred times a second.
const LAG_PRECISION_MS = 50;

/** Adds `process_*` and `nodejs_*`. */
export function registerProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_PRECISION_MS });
  for (const name of misnamed) registry.removeSingleMetric(name);
}
