/** What a kept trend book says of the day, beside it on disk: worked out once, and not for each report. */
import { createHash } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parsedJson } from '../benchmark/json-text.js';
import { temporaryNameFor } from '../chronicle/temporary-name.js';
import { readTextFile } from '../chronicle/text-file.js';
import { DAY_MS } from '../shared/units.js';
import { type KeptTrends, keptTrendsSchema } from '../trends/kept-trends.js';
import type { TrendBookSettings } from '../trends/trend-book.js';

/** To be raised with every change by which the same book says something else of the same day. */
const VERSION = 1;

export interface KeptFor {
  /** The path of the book. */
  readonly trendBook: string;
  /** The book as it stands there. */
  readonly text: string;
  readonly settings: TrendBookSettings;
  readonly now: Date;
}

/** `undefined` where none were kept of this book, these settings and this day, or they cannot be read. */
export async function readKeptTrends(kept: KeptFor): Promise<KeptTrends | undefined> {
  const text = await readTextFile(fileOf(kept)).catch(() => undefined);
  // Compared before the rest of it is looked at: of another day it is not needed.
  if (text === undefined || !text.startsWith(`{"key":"${keyOf(kept)}"`)) return undefined;
  return keptTrendsSchema.safeParse(parsedJson(text), { jitless: true }).data;
}

/** Never throws: where they cannot be written they are worked out each time. */
export async function keepTrends(said: Omit<KeptTrends, 'key'>, kept: KeptFor): Promise<void> {
  const path = fileOf(kept);
  const content = { key: keyOf(kept), ...said };
  const text = JSON.stringify(content);
  // A number that JSON does not know would be read as another one.
  if (!isDeepStrictEqual(JSON.parse(text), content)) return;
  const temporary = temporaryNameFor(path);
  try {
    // Not synced: what a power cut leaves of it is no JSON, and is worked out again.
    await writeFile(temporary, `${text}\n`, { flag: 'wx' });
    await rename(temporary, path);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

function fileOf({ trendBook }: KeptFor): string {
  return join(dirname(trendBook), 'trends_today.json');
}

function keyOf({ text, settings, now }: KeptFor): string {
  const { window, minSamples, drop } = settings.options;
  const rest = JSON.stringify([VERSION, window, minSamples, drop, Math.floor(now.getTime() / DAY_MS)]);
  return createHash('sha256').update(rest).update(text).digest('hex');
}
