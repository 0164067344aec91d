/** The machine's report, put together from what is on disk. */
import type { BenchmarkResult } from '../benchmark/result.js';
import type { ChronicleRow } from '../chronicle/row.js';
import { readLastRun } from '../chronicle/run-folder.js';
import type { StoragePaths } from '../chronicle/storage.js';
import type { EnergyPrice } from '../trends/report/energy-cost.js';
import { type MachineReport, machineReport } from '../trends/report/machine-report.js';
import type { Trend } from '../trends/trend.js';
import type { TrendBookSettings } from '../trends/trend-book.js';
import { RunEnvironments } from './run-environments.js';
import { openTrendBook } from './trend-records.js';

export interface ReportOptions {
  readonly now: Date;
  readonly settings: TrendBookSettings;
  /** Of energy, where it is configured. */
  readonly price?: EnergyPrice | undefined;
  /** Where somebody keeps them already; else they are judged from the chronicle's tail. */
  readonly trends?: readonly Trend[] | undefined;
}

/**
 * Rows that one report looks back over beside the kept book: some 70 full runs. A regression that began before is
 * known from the book, which agent and foreground runs keep.
 */
const ROWS = 500;

/** All that is known of the machine's last run. */
export interface MachineRecord {
  readonly result: BenchmarkResult;
  /** Of any series, the run's own among them. */
  readonly trends: readonly Trend[];
  readonly report: MachineReport;
}

/** `undefined` where nothing was measured yet. Throws `StorageError`. */
export async function readMachineRecord(
  paths: StoragePaths,
  options: ReportOptions,
): Promise<MachineRecord | undefined> {
  const result = await readLastRun(paths);
  if (result === undefined) return undefined;
  const trends = options.trends ?? (await trendsBehind(result, paths, options));
  const report = machineReport(result, trends, options);
  const runs = new RunEnvironments(paths);
  const regressions = await Promise.all(report.regressions.map((regression) => explained(regression, runs)));
  return { result, trends, report: { ...report, regressions } };
}

/** The report alone. `undefined` where nothing was measured yet. Throws `StorageError`. */
export async function readMachineReport(
  paths: StoragePaths,
  options: ReportOptions,
): Promise<MachineReport | undefined> {
  return (await readMachineRecord(paths, options))?.report;
}

async function trendsBehind(
  { machine_id, target, model }: BenchmarkResult,
  paths: StoragePaths,
  { settings, now }: ReportOptions,
): Promise<readonly Trend[]> {
  const isOwn = (row: ChronicleRow) =>
    row.machine_id === machine_id &&
    // The reference model too: it tells a slow machine from a slow server.
    ((row.target === target && row.model === model) || settings.isReferenceModel(row.model));
  const book = await openTrendBook(paths, { settings, now, rows: ROWS, concerns: isOwn });
  return book.trends(now);
}

type RegressionEntry = MachineReport['regressions'][number];

async function explained(regression: RegressionEntry, runs: RunEnvironments): Promise<RegressionEntry> {
  const changes = await runs.changesAround(regression, regression.test_id);
  return changes === undefined ? regression : { ...regression, changes: [...changes] };
}
