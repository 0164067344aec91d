/** One figure of a card: what it is now, and what it was last month. */
import * as z from 'zod';
import type { SignalTrend } from '../trend.js';

export const figureSchema = z.object({
  /** Median of the last runs, four where there are so many. */
  now: z.number(),
  /** Of the level over what it is held against, less 1. */
  change_ratio: z.number().nullable(),
  against: z.enum(['last_month', 'normal']).nullable().meta({
    description:
      'last_month: the last seven days against the four weeks before them, as in GET /trends. normal: the last runs against the last good ones, where there are too few days for that',
  }),
  is_worse: z.boolean().meta({ description: 'Whether that is a regression, and not what it varies by' }),
});
export type Figure = z.infer<typeof figureSchema>;

/** `null` where no run has brought it. */
export function figureOf({ current, baseline, regression, last_month: month }: SignalTrend): Figure | null {
  if (current === null) return null;
  const { median: now } = current;
  const figure = { now, is_worse: regression.status === 'active' };
  if (month.status === 'known') return { ...figure, change_ratio: month.change_ratio, against: 'last_month' };
  if (baseline === null) return { ...figure, change_ratio: null, against: null };
  return { ...figure, change_ratio: now / baseline.median - 1, against: 'normal' };
}
