/** One signal's year in daily medians: what drift is judged on, however often a benchmark runs. */

import * as z from 'zod';
import { DAY_MS } from '../shared/units.js';
import { median } from './statistics/median.js';

const day = z.number().int();

/** By hand: a year of five signals of some tests is most of a kept book, which every report reads. */
function areDays(value: unknown): boolean {
  return Array.isArray(value) && value.every((pair) => Array.isArray(pair) && isDay(pair));
}

function isDay(pair: readonly unknown[]): boolean {
  return pair.length === 2 && Number.isInteger(pair[0]) && Number.isFinite(pair[1]);
}

export const historySchema = z.object({
  /** Days since 1970 (UTC) with the median of their runs, ascending. */
  days: z.custom<[number, number][]>(areDays, 'expected pairs of a day and a value'),
  /** The day that runs are still being added to. */
  open: z.object({ day, values: z.array(z.number()) }).nullable(),
  /** Days on which the level changed at once: what lies on different sides of one is not drift. */
  breaks: z.array(day),
  /** Regressions that have ended or were dismissed: their first day, and that on which they ended. No day between says what is normal. */
  regressed: z.array(z.tuple([day, day])).default([]),
});
export type History = z.infer<typeof historySchema>;

export const emptyHistory: History = { days: [], open: null, breaks: [], regressed: [] };

/** More than the longest window of a drift. */
const KEPT_DAYS = 400;
/** A run every five minutes; of more only the last ones count. */
const VALUES_PER_DAY = 288;

/** Whole days from the epoch to an RFC 3339 time, in UTC. */
export function dayOf(at: string): number {
  return Math.floor(Date.parse(at) / DAY_MS);
}

/** Adds one run. A clock that jumps puts it on another day and disturbs no other. */
export function withValue(history: History, at: string, value: number): History {
  const today = dayOf(at);
  if (history.open?.day === today) {
    const values = [...history.open.values, value].slice(-VALUES_PER_DAY);
    return { ...history, open: { day: today, values } };
  }
  return { ...history, days: closedDays(history), open: { day: today, values: [value] } };
}

/** Notes that the level changed at once with the run at this time. */
export function withBreak(history: History, at: string): History {
  return { ...history, breaks: [...history.breaks, dayOf(at)].slice(-KEPT_DAYS) };
}

/** Notes a regression from its first run to the first one after it. */
export function withRegressed(history: History, since: string, until: string): History {
  return {
    ...history,
    regressed: [...history.regressed, [dayOf(since), dayOf(until)] as [number, number]].slice(-KEPT_DAYS),
  };
}

/** All days with their medians, ascending, the open one included. */
export function closedDays(history: History): [number, number][] {
  const { days, open } = history;
  const middle = open === null ? undefined : median(open.values);
  if (open === null || middle === undefined) return days;
  const last = days.at(-1);
  if (last === undefined || last[0] < open.day) return [...days, entry(open.day, middle)].slice(-KEPT_DAYS);
  const others = days.filter(([number]) => number !== open.day);
  return [...others, entry(open.day, middle)].sort(([a], [b]) => a - b).slice(-KEPT_DAYS);
}

function entry(number: number, value: number): [number, number] {
  return [number, value];
}
