import { benchmarkCost } from './families/benchmark-cost.js';
import { benchmarkGpu } from './families/benchmark-gpu.js';
import { benchmarkInfo } from './families/benchmark-info.js';
import { benchmarkOutcome } from './families/benchmark-outcome.js';
import { benchmarkRequests } from './families/benchmark-requests.js';
import { benchmarkSpeed } from './families/benchmark-speed.js';
import { buildInfo } from './families/build-info.js';
import { gpu } from './families/gpu.js';
import { gpuCollector } from './families/gpu-collector.js';
import { http } from './families/http.js';
import { jobs } from './families/jobs.js';
import { notifications } from './families/notifications.js';
import { restoreErrors } from './families/restore-errors.js';
import { runner } from './families/runner.js';
import { schedules } from './families/schedules.js';
import { slowdown } from './families/slowdown.js';
import { targets } from './families/targets.js';
import { trend } from './families/trend.js';
import type { MetricDefinition, MetricFamily } from './metric.js';

/** Every family of our own, in the order of `/metrics` and of the docs. */
export const metricFamilies = [
  benchmarkSpeed,
  benchmarkGpu,
  benchmarkCost,
  benchmarkInfo,
  benchmarkOutcome,
  benchmarkRequests,
  trend,
  slowdown,
  jobs,
  schedules,
  targets,
  gpu,
  gpuCollector,
  runner,
  http,
  notifications,
  buildInfo,
  restoreErrors,
] as const satisfies readonly MetricFamily[];

/** Every metric of our own. */
export const metricDefinitions: readonly MetricDefinition[] = metricFamilies.flat();

/** The name of one of them. */
export type MetricName = (typeof metricFamilies)[number][number]['name'];
