/** What a trend book said of a day, kept so that it need not be asked again. */
import * as z from 'zod';
import type { ChronicleRow } from '../chronicle/row.js';
import { type BaselineReset, baselineResetSchema, concerns, isDismissal } from './baseline-reset.js';
import { dated, inOrder, seriesId } from './series.js';
import { type Trend, trendSchema } from './trend.js';

export const keptTrendsSchema = z.object({
  /** Of the book they were worked out from, and of all else that they depend on. */
  key: z.string(),
  resets: z.array(baselineResetSchema),
  /** In the book's order. */
  trends: z.array(trendSchema),
});
export type KeptTrends = z.infer<typeof keptTrendsSchema>;

/**
 * The trends in the order that the book would have after it had caught up with the rows; `undefined` where it would
 * not be the same book then, but for its order: one of the rows is new to it, or a reset is due.
 */
export function trendsBesideRows(
  { trends, resets }: Pick<KeptTrends, 'trends' | 'resets'>,
  rows: readonly ChronicleRow[],
  now: Date,
): readonly Trend[] | undefined {
  const known = new Map(trends.map((trend) => [seriesId(trend.series), trend]));
  for (const { row, at } of inOrder(dated(rows, now))) {
    // It has no speed, and is in no book.
    if (row.category === 'canary') continue;
    const id = seriesId(row);
    const trend = known.get(id);
    if (trend === undefined || !hasSeen(trend, at) || resets.some((reset) => isDue(reset, trend, at))) return undefined;
    known.delete(id);
    known.set(id, trend);
  }
  return [...known.values()];
}

function hasSeen({ last_run_at, reset }: Trend, at: string): boolean {
  return at <= last_run_at || at < (reset?.at ?? '');
}

function isDue(reset: BaselineReset, { series, signals, ...last }: Trend, at: string): boolean {
  const isWord = isDismissal(reset);
  if (reset.at > at || reset.at <= ((isWord ? last.dismissed : last.reset)?.at ?? '')) return false;
  if (!concerns(reset, series)) return false;
  return !isWord || signals.some(({ regression: known }) => known.status === 'active' && known.detected_at <= reset.at);
}
