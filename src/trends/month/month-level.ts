/**
 * Last month's level: a second measure of what is normal, which a loss cannot drag along as it does the last runs. Of
 * the days that a history keeps, the last ones are held against the four weeks before them, weekday by weekday where
 * the weeks resemble each other.
 */
import { DAY_MS } from '../../shared/units.js';
import { dayOf, type History } from '../history.js';
import { median, medianAbsoluteDeviation } from '../statistics/median.js';

/** A day since 1970 (UTC) and the median of its runs, as a history has them. */
export type DayValue = readonly [number, number];

const REFERENCE_DAYS = 28;
export const LEAST_REFERENCE_DAYS = 14;
/** A machine that is not measured daily may take so long for them. */
const OLDEST_REFERENCE_DAYS = 60;
const WEEK_DAYS = 7;
/** Of each weekday. */
const LEAST_WEEKS = 3;
/** F of the weekdays' means: 1 in 40 series without a swing reaches it with 4 weeks (6 and 21 degrees of freedom). */
const LEAST_F = 3;

export interface MonthLevel {
  /** Median of the days, without the weekday's part of them; in the signal's unit. */
  readonly level: number;
  /** By how much each weekday usually lies off the level, as a factor; all 1 where no week resembles the next. */
  readonly usual: readonly number[];
  /** Whether there are weeks enough to tell weekdays apart. */
  readonly knowsWeekdays: boolean;
  /** Logarithms of the days over level and weekday, each against a weekday's mean that it is not part of. */
  readonly residuals: readonly number[];
  /** First and last day. */
  readonly from: number;
  readonly to: number;
}

/** The days on which nothing was lost, ascending, and those between them that are left out for that. */
export interface GoodDays {
  readonly days: readonly DayValue[];
  readonly lost: History['regressed'];
}

/** Closed days after the last reset that are not within a regression that has ended. */
export function goodDays(
  { days, regressed }: Pick<History, 'days' | 'regressed'>,
  resetAt: string | undefined,
): GoodDays {
  const first = resetAt === undefined ? Number.NEGATIVE_INFINITY : dayOf(resetAt) + 1;
  const isLost = (day: number): boolean => regressed.some(([from, to]) => day >= from && day < to);
  // By index: to take a pair apart costs ten times as much until the code is compiled.
  return { days: days.filter((entry) => entry[0] >= first && !isLost(entry[0])), lost: regressed };
}

/** The last four weeks of them before a day: `undefined` where they are less than 14 days, or older than two months. */
export function monthLevelOf({ days, lost }: GoodDays, before: number): MonthLevel | undefined {
  const isRecent = (day: number): boolean => before - day - lostBetween(lost, day, before) <= OLDEST_REFERENCE_DAYS;
  const reference = days
    .filter(([day]) => day < before)
    .slice(-REFERENCE_DAYS)
    .filter(([day]) => isRecent(day));
  const [first, last] = [reference[0], reference.at(-1)];
  if (reference.length < LEAST_REFERENCE_DAYS || first === undefined || last === undefined) return undefined;
  const logs = reference.map(([, value]) => Math.log(value));
  const centre = median(logs) ?? 0;
  const offs = logs.map((log) => log - centre);
  const weekdays = reference.map(([day]) => weekdayOf(day));
  const swing = weeklySwing(offs, weekdays);
  const without = offs.map((off, index) => off - (swing?.effects[weekdays[index] ?? 0] ?? 0));
  const rest = median(without) ?? 0;
  const effects = swing?.effects ?? new Array<number>(WEEK_DAYS).fill(0);
  return {
    level: Math.exp(centre + rest),
    usual: effects.map(Math.exp),
    knowsWeekdays: hasWeeks(weekdays),
    residuals: swing === undefined ? offs : leftOut(offs, weekdays, swing.weight).map((off) => off - rest),
    from: first[0],
    to: last[0],
  };
}

/** Days of regressions between two others: what is normal does not grow old by them. */
function lostBetween(lost: GoodDays['lost'], first: number, before: number): number {
  return lost.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, before) - Math.max(from, first)), 0);
}

/** The day's value over what the month makes one expect of it, as a logarithm. */
export function offLevel({ level, usual }: MonthLevel, [day, value]: DayValue): number {
  return Math.log(value / level / (usual[weekdayOf(day)] ?? 1));
}

/** The factor by which runs of that time usually lie off the level. */
export function usualAt({ usual }: Pick<MonthLevel, 'usual'>, atMs: number): number {
  return usual[weekdayOf(Math.floor(atMs / DAY_MS))] ?? 1;
}

function weekdayOf(day: number): number {
  return ((day % WEEK_DAYS) + WEEK_DAYS) % WEEK_DAYS;
}

function hasWeeks(weekdays: readonly number[]): boolean {
  const counts = new Array<number>(WEEK_DAYS).fill(0);
  for (const weekday of weekdays) counts[weekday] = (counts[weekday] ?? 0) + 1;
  return counts.every((count) => count >= LEAST_WEEKS);
}

interface WeeklySwing {
  /** Of each weekday. */
  readonly effects: readonly number[];
  /** How far the weekdays' means are believed: noise makes them differ too. */
  readonly weight: number;
}

/** Weekdays' medians, shrunk by what noise alone makes of them (James and Stein); `undefined` where they do not differ for certain. */
function weeklySwing(offs: readonly number[], weekdays: readonly number[]): WeeklySwing | undefined {
  if (!hasWeeks(weekdays)) return undefined;
  const medians = Array.from({ length: WEEK_DAYS }, (_, weekday) => median(ofWeekday(offs, weekdays, weekday)) ?? 0);
  const centre = medians.reduce((sum, one) => sum + one, 0) / WEEK_DAYS;
  const between = medians.reduce((sum, one) => sum + (one - centre) ** 2, 0) / (WEEK_DAYS - 1);
  const within = leftOut(offs, weekdays, 1).map(Math.abs);
  const spread = (median(within) ?? 0) * 1.4826;
  const weeks = offs.length / WEEK_DAYS;
  const f = spread === 0 ? Number.POSITIVE_INFINITY : (between * weeks) / spread ** 2;
  if (between === 0 || f < LEAST_F) return undefined;
  const weight = 1 - 1 / f;
  return { effects: medians.map((one) => weight * (one - centre)), weight };
}

function ofWeekday(offs: readonly number[], weekdays: readonly number[], weekday: number): number[] {
  return offs.filter((_, index) => weekdays[index] === weekday);
}

/** Each value without the share `weight` of its weekday's median, which is that of the weekday's other values. */
function leftOut(offs: readonly number[], weekdays: readonly number[], weight: number): number[] {
  const alike = Array.from({ length: WEEK_DAYS }, (_, weekday) => ofWeekday(offs, weekdays, weekday));
  return offs.map((off, index) => {
    const own = alike[weekdays[index] ?? 0] ?? [];
    const at = own.indexOf(off);
    return off - weight * (median([...own.slice(0, at), ...own.slice(at + 1)]) ?? 0);
  });
}

/** Robust standard deviation of the residuals, as a share of the level. */
export function noiseOf({ residuals }: MonthLevel): number {
  return 1.4826 * (medianAbsoluteDeviation(residuals) ?? 0);
}

/** A month is short: it need not have had its worst day. */
const BEYOND_SEEN = 1.4;

/**
 * Whether as many days in a row as `days` have lain off the level by as much as the logarithm `change`: what has come
 * and gone within the month is no other level when it comes again.
 */
export function hasSeen({ residuals }: MonthLevel, change: number, days: number): boolean {
  const block = Math.max(1, Math.floor(days + 1e-9));
  return residuals.some((_, index) => {
    const middle = index + block > residuals.length ? undefined : median(residuals.slice(index, index + block));
    return middle !== undefined && middle * Math.sign(change) * BEYOND_SEEN >= Math.abs(change);
  });
}
