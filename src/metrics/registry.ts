import { benchmarkGpu } from './benchmark-gpu.js';
import { benchmarkOutcome } from './benchmark-outcome.js';
import { benchmarkRequests } from './benchmark-requests.js';
import { benchmarkSpeed } from './benchmark-speed.js';
import { buildInfo } from './build-info.js';
import { gpu } from './gpu.js';
import { jobs } from './jobs.js';
import type { MetricDefinition, MetricFamily } from './metric.js';
import { restoreErrors } from './restore-errors.js';
import { runner } from './runner.js';
import { schedules } from './schedules.js';
import { targets } from './targets.js';
import { trend } from './trend.js';

/** Every family of our own, in the order of `/metrics` and of the docs. */
export const metricFamilies = [
  benchmarkSpeed,
  benchmarkGpu,
  benchmarkOutcome,
  benchmarkRequests,
  trend,
  jobs,
  schedules,
  targets,
  gpu,
  runner,
  buildInfo,
  restoreErrors,
] as const satisfies readonly MetricFamily[];

/** Every metric of our own. */
export const metricDefinitions: readonly MetricDefinition[] = metricFamilies.flat();

/** The name of one of them. */
export type MetricName = (typeof metricFamilies)[number][number]['name'];
