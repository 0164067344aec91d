/** Puts back what was measured before the agent started, from what it finds on disk. */
import type { BenchmarkMode } from '../../benchmark/plan.js';
import type { BenchmarkResult } from '../../benchmark/result.js';
import type { Job } from '../../jobs/job.js';
import type { Logger } from '../../logger.js';
import type { BenchmarkSeries } from './benchmark-series.js';
import type { RestoredRow } from './measured.js';

export const restoredFiles = ['last_run', 'chronicle', 'run'] as const;
export type RestoredFile = (typeof restoredFiles)[number];

/** How often each could not be read. */
export type RestoreErrors = Readonly<Record<RestoredFile, number>>;

export interface RestoredRows {
  readonly rows: readonly RestoredRow[];
  /** Lines among them that are no rows, and that no crash explains. */
  readonly damagedLines: number;
}

/** Each rejects where the file is there and cannot be read; a run that retention took away with the code `not_found`. */
export interface RestoreSources {
  /** `last_run.json`; `undefined` where there is none yet. */
  readonly lastRun: () => Promise<BenchmarkResult | undefined>;
  /** So many of the chronicle's last rows, oldest first; fewer where there are no more. */
  readonly rows: (limit: number) => Promise<RestoredRows>;
  readonly run: (runId: string) => Promise<BenchmarkResult>;
  /** Jobs that failed, newest first: what they tried is nowhere else. */
  readonly failedJobs: () => readonly Job[];
  /** What a job without a target measures. */
  readonly defaultTarget: () => string;
}

/** Each has some 100 KiB; more are not needed for a few models in three modes. */
const MOST_RUNS = 30;

// Mostly the first number reaches back far enough. The second is two days of a run every five minutes: a daily one is
// found among them. More is memory that a start must not cost.
const ROW_LIMITS = [500, 2000];

/** Fills the series from disk and counts what could not be read. Never rejects. */
export async function restoreSeries(
  series: BenchmarkSeries,
  sources: RestoreSources,
  logger: Logger,
): Promise<RestoreErrors> {
  const errors: Record<RestoredFile, number> = { last_run: 0, chronicle: 0, run: 0 };
  const orWarn = async <T>(file: RestoredFile, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (codeOf(error) === 'not_found') return undefined;
      errors[file] += 1;
      logger.warn({ err: error, file }, 'what was measured before cannot be read and is left out of the metrics');
      return undefined;
    }
  };
  const lastRun = await orWarn('last_run', sources.lastRun);
  const last = (await orWarn('chronicle', () => lastRows(sources, series))) ?? { rows: [], damagedLines: 0 };
  if (last.damagedLines > 0) {
    errors.chronicle += 1;
    logger.warn({ lines: last.damagedLines }, 'the chronicle is damaged: lines that are no rows are left out');
  }
  const rows = newestRows(last.rows, series);
  const runs = new Map<string, BenchmarkResult>(lastRun === undefined ? [] : [[lastRun.run_id, lastRun]]);
  for (const runId of runIdsOf(rows).slice(0, MOST_RUNS)) {
    const result = runs.get(runId) ?? (await orWarn('run', () => sources.run(runId)));
    if (result !== undefined) runs.set(runId, result);
  }
  // In the order of the chronicle, which no clock can change; the last run comes after all of them.
  const results = [...runs.values()].toReversed();
  const kinds = new Map(results.map(({ server }) => [server.name, server.kind]));
  for (const row of rows.filter(({ run_id }) => !runs.has(run_id))) {
    series.restoreRow(row, row.server_kind ?? kinds.get(row.server_name ?? ''));
  }
  for (const result of results) series.restore(result);
  for (const job of sources.failedJobs().toReversed()) restoreFailure(series, job, sources.defaultTarget());
  return errors;
}

/** No more than may hold one that would be shown: what a start costs must not grow with the years. */
async function lastRows({ rows: read }: RestoreSources, series: BenchmarkSeries): Promise<RestoredRows> {
  let found: RestoredRows = { rows: [], damagedLines: 0 };
  for (const limit of ROW_LIMITS) {
    found = await read(limit);
    const { rows } = found;
    const [oldest] = rows;
    if (oldest === undefined || rows.length < limit || !series.couldBeCurrent(new Date(oldest.run_at))) break;
  }
  return found;
}

/** The newest row of every series that would still be shown, oldest first. */
function newestRows(rows: readonly RestoredRow[], series: BenchmarkSeries): readonly RestoredRow[] {
  const newest = new Map<string, RestoredRow>();
  for (const row of rows) {
    const key = JSON.stringify([row.target, row.model, row.test_id, row.ctx_size, row.server_kind, row.server_name]);
    newest.delete(key);
    newest.set(key, row);
  }
  return [...newest.values()].filter(({ target, run_at }) => series.isCurrent(target, new Date(run_at)));
}

/** Newest first. */
function runIdsOf(rows: readonly RestoredRow[]): readonly string[] {
  return [...new Set(rows.map(({ run_id }) => run_id))].toReversed();
}

function restoreFailure(series: BenchmarkSeries, job: Job, defaultTarget: string): void {
  if (job.status === 'error') series.fail(failureOf(job, defaultTarget));
}

/** What the failure of a job means for the series. */
export function failureOf(
  job: {
    readonly target: string | null;
    readonly model: string | null;
    readonly mode: BenchmarkMode;
    readonly finished_at: string;
  },
  defaultTarget: string,
) {
  return {
    target: job.target ?? defaultTarget,
    model: job.model ?? undefined,
    mode: job.mode,
    at: new Date(job.finished_at),
  };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
