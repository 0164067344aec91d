/** Finds the two runs between which somebody wants to know what changed, and reads what lies between. */
import type { BenchmarkResult } from '../benchmark/result.js';
import { readWholeTail } from '../chronicle/rotation.js';
import type { ChronicleRow } from '../chronicle/row.js';
import { readRun } from '../chronicle/run-folder.js';
import type { StoragePaths } from '../chronicle/storage.js';
import { type ChangesSince, comparedParts } from '../trends/changes/changes-since.js';
import { environmentOfResult } from '../trends/changes/environment-snapshot.js';
import { whatChanged } from '../trends/changes/what-changed.js';
import { compareResults } from '../trends/comparison/comparison.js';
import { signals } from '../trends/signal.js';
import type { Trend } from '../trends/trend.js';
import { RunEnvironments } from './run-environments.js';
import { RunReferenceError } from './run-reference-error.js';

export interface ChangesSinceQuery {
  readonly since: Date;
  /** Without them those of the newest run. */
  readonly target?: string | undefined;
  readonly model?: string | undefined;
}

export interface ChangesSinceOptions {
  /** Of any series. */
  readonly trends: readonly Trend[];
  readonly drop: number;
}

/** Over all series: weeks of many models. */
const ROWS = 10_000;
/** Whole results that one question reads, the newest. */
const MOST_RUNS = 200;

interface Run {
  readonly run_id: string;
  readonly run_at: string;
}

/** Throws `RunReferenceError` where nothing of it was measured, and `StorageError`. */
export async function changesSince(
  paths: StoragePaths,
  { since, target, model }: ChangesSinceQuery,
  { trends, drop }: ChangesSinceOptions,
): Promise<ChangesSince> {
  const { rows: all } = await readWholeTail(paths, { rows: ROWS });
  const newest = all.findLast((row) => (target ?? row.target) === row.target && (model ?? row.model) === row.model);
  if (newest === undefined) throw nothingOf(all, { target, model });
  const rows = all.filter((row) => isOfOneModel(row, newest));
  const runs = [...new Map(rows.map(({ run_id, run_at }) => [run_id, { run_id, run_at }])).values()];
  const start = Math.max(
    0,
    runs.findLastIndex(({ run_at }) => Date.parse(run_at) <= since.getTime()),
  );
  const kept = await keptRuns(runs.slice(start).slice(-MOST_RUNS), paths);
  const [before, after] = [kept[0], kept.at(-1)];
  if (before === undefined || after === undefined)
    throw new RunReferenceError('no_run', `The runs of ${newest.model} at ${newest.target} are not kept any more.`);
  return {
    since: since.toISOString(),
    target: newest.target,
    model: newest.model,
    before: { ...idsOf(before), is_as_old_as_asked: Date.parse(before.run_at) <= since.getTime() },
    after: idsOf(after),
    runs: kept.length,
    ...comparedParts(compareResults(before, after, { drop, history: rows })),
    timeline: timelineOf(kept),
    regressions: await explained(
      trends.filter(({ series }) => isOfOneModel(series, newest)).flatMap(regressionsOf),
      paths,
    ),
  };
}

function idsOf({ run_id, run_at }: BenchmarkResult): Run {
  return { run_id, run_at };
}

type Series = Pick<ChronicleRow, 'machine_id' | 'target' | 'model' | 'workload_version'>;

function isOfOneModel(series: Series, other: Series): boolean {
  return (
    series.machine_id === other.machine_id &&
    series.target === other.target &&
    series.model === other.model &&
    series.workload_version === other.workload_version
  );
}

function nothingOf(
  rows: readonly ChronicleRow[],
  { target, model }: Pick<ChangesSinceQuery, 'target' | 'model'>,
): RunReferenceError {
  const known = [...new Set(rows.map((row) => `${row.model} at ${row.target}`))];
  if (known.length === 0)
    return new RunReferenceError('no_run', 'No run has been recorded yet. Start one: typhon run --mode quick');
  const asked = [model, target === undefined ? undefined : `at ${target}`].filter((part) => part !== undefined);
  return new RunReferenceError('unknown', `Nothing was measured of ${asked.join(' ')}. Measured: ${known.join(', ')}`);
}

/** Those that retention has left, and that can be read. */
async function keptRuns(runs: readonly Run[], paths: StoragePaths): Promise<BenchmarkResult[]> {
  const kept: BenchmarkResult[] = [];
  for (const { run_id } of runs) {
    const result = await readRun(run_id, paths).catch(() => undefined);
    if (result !== undefined) kept.push(result);
  }
  return kept;
}

function timelineOf(results: readonly BenchmarkResult[]): ChangesSince['timeline'] {
  return results.slice(1).flatMap((result, index) => {
    const before = results[index];
    if (before === undefined) return [];
    const changes = whatChanged(environmentOfResult(before, ''), environmentOfResult(result, ''));
    return changes.length === 0 ? [] : [{ ...idsOf(result), changes }];
  });
}

function regressionsOf({ series, signals: known }: Trend): ChangesSince['regressions'] {
  return known.flatMap(({ signal, regression }) => {
    if (regression.status !== 'active') return [];
    const { status: _, ...found } = regression;
    return [{ test_id: series.test_id, signal, label: signals[signal].label, ...found }];
  });
}

/** Whole results tell more of what changed than the rows that the trends were judged by. */
async function explained(
  regressions: ChangesSince['regressions'],
  paths: StoragePaths,
): Promise<ChangesSince['regressions']> {
  const runs = new RunEnvironments(paths);
  return Promise.all(
    regressions.map(async (regression) => {
      const changes = await runs.changesAround(regression, regression.test_id);
      return changes === undefined ? regression : { ...regression, changes: [...changes] };
    }),
  );
}
