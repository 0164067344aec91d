import type { Tool } from './tool.js';
import { cancelJob } from './tools/cancel-job.js';
import { compareRuns } from './tools/compare-runs.js';
import { getJob } from './tools/get-job.js';
import { getReport } from './tools/get-report.js';
import { getTrends } from './tools/get-trends.js';
import { listModels } from './tools/list-models.js';
import { listTargets } from './tools/list-targets.js';
import { runBenchmark } from './tools/run-benchmark.js';
import { whatChanged } from './tools/what-changed.js';

/** Every tool, in the order of the list. */
export const tools = [
  listTargets,
  listModels,
  runBenchmark,
  getJob,
  cancelJob,
  getReport,
  getTrends,
  compareRuns,
  whatChanged,
] as const satisfies readonly Tool[];
