/** As fast as last month? The last seven days against the four weeks before them. */
import * as z from 'zod';
import { DAY_MS } from '../../shared/units.js';
import { closedDays, dayOf } from '../history.js';
import type { SignalRecord } from '../signal-judging.js';
import { median } from '../statistics/median.js';
import { LARGEST_CORRELATION, lagOneCorrelation } from '../statistics/serial-correlation.js';
import { goodDays, LEAST_REFERENCE_DAYS, type MonthLevel, monthLevelOf, noiseOf, offLevel } from './month-level.js';

export const lastMonthSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('unknown'),
    /** `few_days`: too few before the last seven days. `not_lately`: too few among them. */
    reason: z.enum(['few_days', 'not_lately']),
    /** With runs, of those that are missing, and how many it takes. */
    days: z.number().int(),
    needed: z.number().int(),
  }),
  z.object({
    status: z.literal('known'),
    /** Of the last days over the month before them, less 1: −0.12 for a value that is 12 % lower, whichever way is worse. */
    change_ratio: z.number(),
    /** Its two-sided 95 % interval. */
    ci95: z.tuple([z.number(), z.number()]),
    /** The level of the last days, and that of the month; both without the weekday's part, where weeks have a swing. */
    value: z.number(),
    month_value: z.number(),
    /** The first and the last day of that month (UTC). While something is worse it ends before that began. */
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    /** Of that month with runs. */
    days: z.number().int(),
  }),
]);
export type LastMonth = z.infer<typeof lastMonthSchema>;

const RECENT_DAYS = 7;
const LEAST_RECENT_DAYS = 3;

/** Of one signal, as of `now`. */
export function lastMonthOf({ state, history }: SignalRecord, resetAt: string | undefined, now: Date): LastMonth {
  const today = Math.floor(now.getTime() / DAY_MS);
  const lostOn = state.status === 'regressed' ? dayOf(state.regression.since) : undefined;
  const good = goodDays({ ...history, days: closedDays(history) }, resetAt);
  const known = good.days.filter(([day]) => day <= today);
  // Today may still become another day; on the first days of a loss it is all there is.
  const recent = known.filter(([day]) => day >= Math.max(today - RECENT_DAYS, lostOn ?? 0));
  const closed = recent.filter(([day]) => day < today);
  const sample = closed.length === 0 ? recent : closed;
  const before = Math.min(today - RECENT_DAYS, lostOn ?? today);
  const month = monthLevelOf(good, before);
  if (month === undefined)
    return unknown('few_days', known.filter(([day]) => day < before).length, LEAST_REFERENCE_DAYS);
  const needed = lostOn === undefined ? LEAST_RECENT_DAYS : 1;
  if (sample.length < needed) return unknown('not_lately', sample.length, needed);
  const change = median(sample.map((one) => offLevel(month, one))) ?? 0;
  const half = halfWidth95(month, sample.length);
  return {
    status: 'known',
    change_ratio: Math.expm1(change),
    ci95: [Math.expm1(change - half), Math.expm1(change + half)],
    value: month.level * Math.exp(change),
    month_value: month.level,
    from: new Date(month.from * DAY_MS).toISOString(),
    to: new Date(month.to * DAY_MS).toISOString(),
    days: month.residuals.length,
  };
}

function unknown(reason: 'few_days' | 'not_lately', days: number, needed: number): LastMonth {
  return { status: 'unknown', reason, days, needed };
}

/** π / 2: of the median of normal values over that of their mean, in variances. */
const MEDIAN_PER_MEAN = Math.PI / 2;

/**
 * Of the difference of two medians of days, as a logarithm; wider by the ratio (1 + r) / (1 − r) of variances where
 * neighbours resemble each other. Student's t by the first term of Cornish and Fisher's expansion.
 */
function halfWidth95(month: MonthLevel, days: number): number {
  const { residuals } = month;
  const r = Math.min(Math.max(0, lagOneCorrelation(residuals) ?? 0), LARGEST_CORRELATION);
  const variance = noiseOf(month) ** 2 * MEDIAN_PER_MEAN * (1 / days + 1 / residuals.length);
  return (1.96 + 2.37 / (residuals.length - 1)) * Math.sqrt((variance * (1 + r)) / (1 - r));
}
