/** The trend book and the baseline resets on disk. */
import { readFile } from 'node:fs/promises';
import { stageFile } from '../chronicle/atomic-file.js';
import { systemCodeOf } from '../chronicle/file-system.js';
import { readWholeTail } from '../chronicle/rotation.js';
import type { ChronicleRow } from '../chronicle/row.js';
import type { StoragePaths } from '../chronicle/storage.js';
import { storageErrorOf } from '../chronicle/storage-error.js';
import type { Config } from '../config/schema.js';
import { type BaselineReset, baselineResetSchema, concerns } from '../trends/baseline-reset.js';
import {
  type SignalVerdict,
  TrendBook,
  type TrendBookSettings,
  type TrendBookSnapshot,
  trendBookSchema,
} from '../trends/trend-book.js';

/** `typhon reference` serves under these names only; the same file every time is what tells machine from server. */
export function trendSettings({ trends }: Pick<Config, 'trends'>): TrendBookSettings {
  return { options: trends, isReferenceModel: (model) => model.startsWith('typhon-reference-') };
}

type TrendPaths = Pick<StoragePaths, 'chronicle' | 'trendBook' | 'baselineResets'>;

export interface OpenOptions {
  readonly settings: TrendBookSettings;
  readonly now: Date;
  /** How far back the chronicle is read. Default 20,000 rows: more than a year of six-hourly quick runs. */
  readonly rows?: number | undefined;
  /** Which rows count. Default all. */
  readonly concerns?: ((row: ChronicleRow) => boolean) | undefined;
  /** Hears of the levels that changed in runs which the kept book had not seen; of nothing where none was kept. */
  readonly onCaughtUp?: ((verdicts: readonly SignalVerdict[]) => void) | undefined;
}

const DEFAULT_ROWS = 20_000;
// Under what circumstances the last runs of some series took place; what the book has judged it knows itself.
const ROWS_BESIDE_BOOK = 500;

/**
 * The book as it was kept, brought up to date from the chronicle's tail; judged anew from that alone where it was not
 * kept or cannot be read. Throws `StorageError`.
 */
export async function openTrendBook(paths: TrendPaths, options: OpenOptions): Promise<TrendBook> {
  const { settings, now, rows = DEFAULT_ROWS, concerns: isWanted = () => true } = options;
  const [kept, resets] = await Promise.all([readSnapshot(paths.trendBook), readResets(paths)]);
  const tail = await tailBeside(kept, paths, rows);
  const book = new TrendBook(settings, kept ?? { version: 1, series: [], resets: [...resets] });
  if (kept !== undefined) {
    const known = new Set(kept.resets.map(({ at }) => Date.parse(at)));
    for (const reset of resets) if (!known.has(Date.parse(reset.at))) book.reset(reset);
  }
  const verdicts = book.catchUp(tail.rows.filter(isWanted), now);
  // Without a book, these are as old as the chronicle.
  if (kept !== undefined) options.onCaughtUp?.(verdicts);
  return book;
}

/** The chronicle's last rows: few of them where the book has seen what was before. */
async function tailBeside(kept: TrendBookSnapshot | undefined, paths: TrendPaths, rows: number) {
  if (kept !== undefined && ROWS_BESIDE_BOOK < rows) {
    const tail = await readWholeTail(paths, { rows: ROWS_BESIDE_BOOK });
    const [oldest] = tail.rows;
    const newestSeen = Math.max(...kept.series.map(({ last_run_at: at }) => Date.parse(at)));
    if (tail.complete || (oldest !== undefined && Date.parse(oldest.run_at) <= newestSeen)) return tail;
  }
  return readWholeTail(paths, { rows });
}

/** Writes the book down; call it after each finished run. Throws `StorageError`. */
export async function keepTrendBook(book: TrendBook, paths: TrendPaths): Promise<void> {
  // On one line: indented it is three times as long, and every report reads it.
  await (await stageFile(paths.trendBook, `${JSON.stringify(book.snapshot())}\n`)).commit();
}

/**
 * Declares what follows to be the new normal. Answers how many series that concerns; for none nothing is written.
 * Throws `StorageError`, then the baselines stand as they were.
 */
export async function resetBaseline(book: TrendBook, paths: TrendPaths, reset: BaselineReset): Promise<number> {
  const isKnown = book.snapshot().series.some(({ series }) => concerns(reset, series));
  if (!isKnown) return 0;
  const lines = [...(await readResets(paths)), reset].map((entry) => `${JSON.stringify(entry)}\n`);
  await (await stageFile(paths.baselineResets, lines.join(''))).commit();
  const series = book.reset(reset);
  await keepTrendBook(book, paths);
  return series;
}

/** Every reset on disk, passing over lines that are none. Throws `StorageError`. */
export async function readResets({ baselineResets }: TrendPaths): Promise<readonly BaselineReset[]> {
  const text = (await textOf(baselineResets)) ?? '';
  return text.split('\n').flatMap((line) => baselineResetSchema.safeParse(jsonOf(line)).data ?? []);
}

async function readSnapshot(path: string): Promise<TrendBookSnapshot | undefined> {
  const text = await textOf(path);
  return text === undefined ? undefined : trendBookSchema.safeParse(jsonOf(text)).data;
}

/** `undefined` where there is no such file. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw storageErrorOf(error, 'read', path);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
