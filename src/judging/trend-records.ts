/** The trend book and the baseline resets on disk. */
import { parsedJson } from '../benchmark/json-text.js';
import { CANARY_TEST } from '../benchmark/plan.js';
import { stageFile } from '../chronicle/atomic-file.js';
import { readWholeTail } from '../chronicle/rotation.js';
import type { ChronicleRow } from '../chronicle/row.js';
import type { StoragePaths } from '../chronicle/storage.js';
import { readTextFile } from '../chronicle/text-file.js';
import type { Config } from '../config/schema.js';
import { type BaselineReset, baselineResetSchema, concerns, isDismissal } from '../trends/baseline-reset.js';
import { type KeptTrends, trendsBesideRows } from '../trends/kept-trends.js';
import { seriesId } from '../trends/series.js';
import type { Trend } from '../trends/trend.js';
import {
  type SignalVerdict,
  TrendBook,
  type TrendBookSettings,
  type TrendBookSnapshot,
  trendBookSchema,
} from '../trends/trend-book.js';
import { keepTrends, readKeptTrends } from './trend-keeping.js';

/** `typhon reference` serves under these names only; the same file every time is what tells machine from server. */
export function trendSettings({ trends }: Pick<Config, 'trends'>): TrendBookSettings {
  return { options: trends, isReferenceModel: (model) => model.startsWith('typhon-reference-') };
}

export type TrendPaths = Pick<StoragePaths, 'chronicle' | 'trendBook' | 'baselineResets'>;

export interface OpenOptions {
  readonly settings: TrendBookSettings;
  readonly now: Date;
  /** How far back the chronicle is read. Default 20,000 rows: more than a year of six-hourly quick runs. */
  readonly rows?: number | undefined;
  /** Which rows count. Default all. */
  readonly concerns?: ((row: ChronicleRow) => boolean) | undefined;
  /** Nothing will be judged with it: a kept book that has seen the last runs needs no more of the chronicle. */
  readonly forReading?: boolean | undefined;
  /** Hears of the levels that changed in runs which the kept book had not seen; of nothing where none was kept. */
  readonly onCaughtUp?: ((verdicts: readonly SignalVerdict[]) => void) | undefined;
}

const DEFAULT_ROWS = 20_000;
// The environment of the last runs of some series; what the book has evaluated it knows itself.
const ROWS_BESIDE_BOOK = 500;
// Some runs: whoever judges one judges before it what another process has recorded.
const ROWS_THAT_TELL = 64;

/**
 * The book as it was kept, brought up to date from the chronicle's tail; judged anew from that alone where it was not
 * kept or cannot be read. Throws `StorageError`.
 */
export async function openTrendBook(paths: TrendPaths, options: OpenOptions): Promise<TrendBook> {
  const kept = await readSnapshot(paths.trendBook);
  const tail = await tailBeside(kept, paths, options);
  return broughtUpToDate(kept, tail.rows, paths, options);
}

/** `partial`: of a chronicle that nobody has judged, only the last rows are in the book. */
export interface SoonOpened {
  readonly book: TrendBook;
  readonly state: 'kept' | 'judged' | 'partial';
}

/**
 * As `openTrendBook`, but never for longer than a start may take: where no book was kept, few rows are judged. Throws
 * `StorageError`.
 */
export async function openTrendBookSoon(paths: TrendPaths, options: Omit<OpenOptions, 'rows'>): Promise<SoonOpened> {
  const kept = await readSnapshot(paths.trendBook);
  if (kept !== undefined) return { book: await openTrendBook(paths, options), state: 'kept' };
  const tail = await readWholeTail(paths, { rows: ROWS_BESIDE_BOOK });
  const book = await broughtUpToDate(kept, tail.rows, paths, options);
  return { book, state: tail.complete ? 'judged' : 'partial' };
}

/** The book that another process has judged, with the runs that were recorded since. Throws `StorageError`. */
export async function adoptTrendBook(
  judged: TrendBookSnapshot,
  paths: TrendPaths,
  options: Pick<OpenOptions, 'settings' | 'now'>,
): Promise<TrendBook> {
  const { rows } = await readWholeTail(paths, { rows: ROWS_BESIDE_BOOK });
  return broughtUpToDate(judged, rows, paths, options);
}

/**
 * What the book says today, from what was kept of it where that still holds, without working through years of it.
 * Throws `StorageError`.
 */
export async function readTrends(
  paths: TrendPaths,
  { settings, now }: Pick<OpenOptions, 'settings' | 'now'>,
): Promise<readonly Trend[]> {
  const text = await readTextFile(paths.trendBook);
  const place = { trendBook: paths.trendBook, text: text ?? '', settings, now };
  const said = text === undefined ? undefined : await readKeptTrends(place);
  const trends = said && (await stillSaid(said, paths, now));
  if (trends !== undefined) return trends;
  const kept = snapshotIn(text);
  const book = kept && new TrendBook(settings, kept);
  // Before it catches up: of what stays as it is it knows its answer then.
  if (kept !== undefined && book !== undefined && said === undefined) {
    await keepTrends({ resets: kept.resets, trends: book.trends(now) }, place);
  }
  const options = { settings, now, forReading: true };
  const tail = await tailBeside(kept, paths, options);
  return (await broughtUpToDate(kept, tail.rows, paths, options, book)).trends(now);
}

/** `undefined` where something was recorded or declared since. */
async function stillSaid(said: KeptTrends, paths: TrendPaths, now: Date): Promise<readonly Trend[] | undefined> {
  if (unknownResets(said, await readResets(paths)).length > 0) return undefined;
  const { rows } = await readWholeTail(paths, { rows: ROWS_THAT_TELL });
  return trendsBesideRows(said, rows, now);
}

function unknownResets({ resets }: Pick<KeptTrends, 'resets'>, all: readonly BaselineReset[]): BaselineReset[] {
  const known = new Set(resets.map(({ at }) => Date.parse(at)));
  return all.filter(({ at }) => !known.has(Date.parse(at)));
}

async function broughtUpToDate(
  kept: TrendBookSnapshot | undefined,
  rows: readonly ChronicleRow[],
  paths: TrendPaths,
  { settings, now, concerns: isWanted = () => true, onCaughtUp }: OpenOptions,
  opened?: TrendBook,
): Promise<TrendBook> {
  const resets = await readResets(paths);
  const book = opened ?? new TrendBook(settings, kept ?? { version: 1, series: [], resets: [...resets] });
  if (kept !== undefined) for (const reset of unknownResets(kept, resets)) book.reset(reset);
  const verdicts = book.catchUp(rows.filter(isWanted), now);
  // Without a book, these are as old as the chronicle.
  if (kept !== undefined) onCaughtUp?.(verdicts);
  return book;
}

/** The chronicle's last rows: few of them where the book has seen what was before. */
async function tailBeside(
  kept: TrendBookSnapshot | undefined,
  paths: TrendPaths,
  { rows = DEFAULT_ROWS, forReading = false }: OpenOptions,
) {
  if (kept !== undefined && forReading && ROWS_THAT_TELL < rows) {
    const tail = await readWholeTail(paths, { rows: ROWS_THAT_TELL });
    if (hasSeen(kept, tail.rows)) return tail;
  }
  if (kept !== undefined && ROWS_BESIDE_BOOK < rows) {
    const tail = await readWholeTail(paths, { rows: ROWS_BESIDE_BOOK });
    const [oldest] = tail.rows;
    const newestSeen = Math.max(...kept.series.map(({ last_run_at: at }) => Date.parse(at)));
    if (tail.complete || (oldest !== undefined && Date.parse(oldest.run_at) <= newestSeen)) return tail;
  }
  return readWholeTail(paths, { rows });
}

/** Whether each of the rows is of a run that the book has judged, or of none that it judges. */
function hasSeen({ series }: TrendBookSnapshot, rows: readonly ChronicleRow[]): boolean {
  const seen = new Map(series.map(({ series: key, last_run_at: at }) => [seriesId(key), Date.parse(at)]));
  return rows.every((row) => row.category === 'canary' || Date.parse(row.run_at) <= (seen.get(seriesId(row)) ?? 0));
}

/** Writes the book down; call it after each finished run. Throws `StorageError`. */
export async function keepTrendBook(book: TrendBook, paths: TrendPaths): Promise<void> {
  await (await stageFile(paths.trendBook, textOf(book))).commit();
}

/** With what it says today, for the reports that follow. Throws `StorageError`. */
export async function keepTrendBookOf(now: Date, book: TrendBook, paths: TrendPaths): Promise<void> {
  const text = textOf(book);
  await (await stageFile(paths.trendBook, text)).commit();
  const { trendBook } = paths;
  const { resets } = book.snapshot();
  await keepTrends({ resets, trends: book.trends(now) }, { trendBook, text, settings: book.settings, now });
}

function textOf(book: TrendBook): string {
  // On one line: indented it is three times as long, and every report reads it.
  return `${JSON.stringify(book.snapshot())}\n`;
}

/**
 * Declares what follows to be the new normal, or what was told to be no regression. Answers how many series that
 * concerns; for none nothing is written. Throws `StorageError`, then the baselines stand as they were.
 */
export async function resetBaseline(book: TrendBook, paths: TrendPaths, reset: BaselineReset): Promise<number> {
  if (isDismissal(reset)) {
    if (book.concernedBy(reset) === 0) return 0;
    await keepReset(paths, reset);
    const dismissed = book.reset(reset);
    await keepTrendBook(book, paths);
    return dismissed;
  }
  const known = book.snapshot().series.map(({ series }) => series);
  // The canary's answers are no series of the book, but have a reference that a reset ends.
  const answers = new Set(
    known
      .map((series) => ({ ...series, test_id: CANARY_TEST }))
      .filter((series) => concerns(reset, series))
      .map(seriesId),
  );
  if (answers.size === 0 && !known.some((series) => concerns(reset, series))) return 0;
  await keepReset(paths, reset);
  const series = book.reset(reset);
  await keepTrendBook(book, paths);
  return reset.series.test_id === CANARY_TEST ? answers.size : series;
}

async function keepReset(paths: TrendPaths, reset: BaselineReset): Promise<void> {
  const lines = [...(await readResets(paths)), reset].map((entry) => `${JSON.stringify(entry)}\n`);
  await (await stageFile(paths.baselineResets, lines.join(''))).commit();
}

/** Every reset on disk, passing over lines that are none. Throws `StorageError`. */
export async function readResets({ baselineResets }: TrendPaths): Promise<readonly BaselineReset[]> {
  const text = (await readTextFile(baselineResets)) ?? '';
  return text.split('\n').flatMap((line) => baselineResetSchema.safeParse(parsedJson(line)).data ?? []);
}

async function readSnapshot(path: string): Promise<TrendBookSnapshot | undefined> {
  return snapshotIn(await readTextFile(path));
}

/** `undefined` too for a book in which nothing was ever judged: a chronicle beside it was put there later. */
function snapshotIn(text: string | undefined): TrendBookSnapshot | undefined {
  const book = text === undefined ? undefined : trendBookSchema.safeParse(parsedJson(text), { jitless: true }).data;
  return book?.series.length === 0 ? undefined : book;
}
