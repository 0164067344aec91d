import type { Route } from './route.js';
import { reload, scan } from './routes/agent.js';
import { ask } from './routes/ask.js';
import { badge } from './routes/badge.js';
import { cards } from './routes/cards.js';
import { compareRecorded, compareResults } from './routes/compare.js';
import { configuration, testNotification } from './routes/configuration.js';
import { captureNodeDiagnostics, nodeDiagnostics } from './routes/diagnostics.js';
import { estimate } from './routes/estimate.js';
import { health, healthy, ready } from './routes/health.js';
import { history } from './routes/history.js';
import {
  cancelJob,
  getJob,
  jobLogs,
  listJobs,
  pauseJob,
  preserveJob,
  releaseJob,
  resumeJob,
  runJob,
} from './routes/jobs.js';
import { metrics } from './routes/metrics.js';
import { listModels, listRuns } from './routes/models.js';
import { report } from './routes/report.js';
import { listSchedules, pauseSchedule, resumeSchedule, runSchedule } from './routes/schedules.js';
import { status } from './routes/status.js';
import { trendPicture } from './routes/trend-picture.js';
import { dismissRegression, listTrends, resetTrendBaseline } from './routes/trends.js';

/** Every endpoint, in the order of the document. */
export const routes = [
  runJob,
  estimate,
  listJobs,
  getJob,
  cancelJob,
  pauseJob,
  resumeJob,
  jobLogs,
  preserveJob,
  releaseJob,
  history,
  listSchedules,
  pauseSchedule,
  resumeSchedule,
  runSchedule,
  report,
  badge,
  trendPicture,
  cards,
  listModels,
  listRuns,
  compareRecorded,
  compareResults,
  ask,
  listTrends,
  resetTrendBaseline,
  dismissRegression,
  metrics,
  status,
  scan,
  reload,
  configuration,
  testNotification,
  nodeDiagnostics,
  captureNodeDiagnostics,
  health,
  healthy,
  ready,
] as const satisfies readonly Route[];
