/** A finished run judged: which regressions it starts and ends, what changed then, and the book kept. */
import type { BenchmarkResult } from '../benchmark/result.js';
import { readWholeTail } from '../chronicle/rotation.js';
import { type ChronicleRow, rowsOf } from '../chronicle/row.js';
import type { StoragePaths } from '../chronicle/storage.js';
import type { Regression } from '../trends/regression-state.js';
import type { SeriesKey } from '../trends/series.js';
import type { SignalName } from '../trends/signal.js';
import type { SignalVerdict, TrendBook } from '../trends/trend-book.js';
import { RunEnvironments } from './run-environments.js';
import { keepTrendBook, keepTrendBookOf } from './trend-records.js';

/** A regression that a run has started or ended. */
export interface RegressionEvent {
  readonly kind: 'started' | 'recovered';
  readonly series: SeriesKey;
  readonly signal: SignalName;
  /** After which it was certain. */
  readonly runId: string;
  readonly at: string;
  /** With what changed when it started and, where the reference model told, whose fault it is. */
  readonly regression: Regression;
}

export interface JudgingOptions {
  readonly paths: StoragePaths;
  readonly now: Date;
  /** Called before the book is kept: what is kept has been told. */
  readonly announce?: ((events: readonly RegressionEvent[]) => Promise<void>) | undefined;
  /** Whether what the book says today is kept with it, as by a process that is asked for it anyway. Default false. */
  readonly answersReports?: boolean | undefined;
}

/** Runs that another process recorded since the book's last one: some 30 full ones. */
const ROWS = 200;

/**
 * Judges a recorded result, and before it whatever another process has recorded on the same storage path since. So a
 * book that is kept always holds every run that was recorded when its judging began: an agent and a foreground run may
 * both keep theirs, and whichever comes last loses nothing that the next judging would not read again. Throws
 * `StorageError`; then the book in memory is up to date, and the next judging keeps it.
 */
export async function evaluateResult(
  book: TrendBook,
  result: BenchmarkResult,
  { paths, now, announce, answersReports = false }: JudgingOptions,
): Promise<readonly RegressionEvent[]> {
  const own = rowsOf(result);
  const others = await unknownRows(book, own, paths);
  const verdicts = [...book.catchUp(others, now), ...book.judge(own, now)];
  const events = await eventsOf(verdicts, book, paths);
  await announce?.(events);
  await (answersReports ? keepTrendBookOf(now, book, paths) : keepTrendBook(book, paths));
  return events;
}

/** Those of the verdicts that start or end a regression, with what changed then. */
export async function eventsOf(
  verdicts: readonly SignalVerdict[],
  book: TrendBook,
  paths: StoragePaths,
): Promise<readonly RegressionEvent[]> {
  const runs = new RunEnvironments(paths);
  const events: RegressionEvent[] = [];
  for (const verdict of verdicts) {
    const event = await eventOf(verdict, book, runs);
    if (event !== undefined) events.push(event);
  }
  return events;
}

/** None where the row before the run's own is known, as it is where nobody else records: then one block is read. */
async function unknownRows(
  book: TrendBook,
  own: readonly ChronicleRow[],
  paths: StoragePaths,
): Promise<readonly ChronicleRow[]> {
  const runId = own[0]?.run_id;
  const tail = await readWholeTail(paths, { rows: own.length + 2 });
  const others = tail.rows.filter(({ run_id }) => run_id !== runId);
  // A run ends with its canary, which is in no book.
  const before = others.findLast(({ category }) => category !== 'canary');
  if (others.length === 0 || (before !== undefined && book.knows(before))) return [];
  const { rows } = await readWholeTail(paths, { rows: ROWS });
  return rows.filter(({ run_id }) => run_id !== runId);
}

async function eventOf(
  { series, signal, runId, at, verdict }: SignalVerdict,
  book: TrendBook,
  runs: RunEnvironments,
): Promise<RegressionEvent | undefined> {
  if (verdict.kind === 'recovered')
    return { kind: 'recovered', series, signal, runId, at, regression: verdict.regression };
  if (verdict.kind !== 'started') return undefined;
  const changes = await runs.changesAround(verdict.regression, series.test_id);
  if (changes !== undefined) book.explain(series, signal, changes);
  return {
    kind: 'started',
    series,
    signal,
    runId,
    at,
    regression: book.regression(series, signal) ?? verdict.regression,
  };
}
