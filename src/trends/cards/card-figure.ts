/** One figure of a card: what it is now, and what it was last month. */
import * as z from 'zod';
import { closedDays, dayOf, type History } from '../history.js';
import { median } from '../statistics/median.js';
import type { SignalTrend } from '../trend.js';

export const figureSchema = z.object({
  /** Median of the last runs, four where there are so many. */
  now: z.number(),
  /** `now` over what it is held against, less 1. */
  change_ratio: z.number().nullable(),
  against: z.enum(['last_month', 'normal']).nullable().meta({
    description:
      'last_month: the days from 30 to 60 days ago. normal: the last good runs, where there are no such days',
  }),
  is_worse: z.boolean().meta({ description: 'Whether that is a regression, and not what it varies by' }),
});
export type Figure = z.infer<typeof figureSchema>;

const MONTH_DAYS = 30;
/** With fewer days of last month, one odd day would be it. */
const LEAST_DAYS = 3;

export interface FigurePast {
  readonly history: History | undefined;
  /** When a new normal was declared, or another file came to stand behind the model: what was before is not compared. */
  readonly reset: string | undefined;
  readonly now: Date;
}

/** `null` where no run has brought it. */
export function figureOf({ current, baseline, regression }: SignalTrend, past: FigurePast): Figure | null {
  if (current === null) return null;
  const { median: now } = current;
  const before = lastMonth(past);
  const held = before ?? baseline?.median;
  const against = before === undefined ? 'normal' : 'last_month';
  return {
    now,
    change_ratio: held === undefined ? null : now / held - 1,
    against: held === undefined ? null : against,
    is_worse: regression.status === 'active',
  };
}

function lastMonth({ history, reset, now }: FigurePast): number | undefined {
  if (history === undefined) return undefined;
  const today = dayOf(now.toISOString());
  const first = Math.max(today - 2 * MONTH_DAYS, reset === undefined ? 0 : dayOf(reset) + 1);
  const days = closedDays(history).filter(([day]) => day >= first && day < today - MONTH_DAYS);
  return days.length < LEAST_DAYS ? undefined : median(days.map(([, value]) => value));
}
