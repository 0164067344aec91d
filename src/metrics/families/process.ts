/** The agent's own process, as prom-client reads it. */
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';
import { monotonicMs } from '../../benchmark/clock.js';

// Gauges that are named like counters, which promtool warns of; each is the sum of another that stays.
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Those that the dashboards show. */
export const processMetricNames = [
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
  'process_open_fds',
  'nodejs_eventloop_lag_seconds',
  'nodejs_heap_size_used_bytes',
] as const;
export type ProcessMetricName = (typeof processMetricNames)[number];

const LAG = 'nodejs_eventloop_lag_seconds';
// With those of a timer that would wake an agent at rest 20 to 100 times a second and count its own interval as lag.
// prom-client works them out at each scrape as long as it measures the first.
const lags = [
  LAG,
  ...['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'].map((name) => `nodejs_eventloop_lag_${name}_seconds`),
];
// The longest that a timer takes: it is never due.
const NEVER_MS = 2 ** 31 - 1;

/** Adds `process_*` and `nodejs_*`; of the event loop's lag what a scrape itself met, which costs nothing between scrapes. */
export function registerProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS });
  for (const name of [...misnamed, ...lags]) registry.removeSingleMetric(name);
  measureLag(registry);
}

/** Told by the next scrape: the loop's next turn comes after this one is answered. */
function measureLag(registry: Registry): void {
  const lag = new Gauge({
    name: LAG,
    help: 'Lag of event loop in seconds.',
    registers: [registry],
    collect: () => {
      const startMs = monotonicMs();
      setImmediate(() => lag.set((monotonicMs() - startMs) / 1000));
    },
  });
}
