/** Slow change: the slope of a signal over a month, a quarter and a year, where it is more than chance. */
import * as z from 'zod';
import { DAY_MS } from '../shared/units.js';
import { closedDays, type History } from './history.js';
import { absoluteDeviation, changePoint } from './statistics/change-point.js';
import { type MannKendall, mannKendall } from './statistics/mann-kendall.js';
import { median } from './statistics/median.js';
import { type Point, pairwiseSlopes, type Stretch, slopeInterval95, theilSenSlope } from './statistics/theil-sen.js';

export const driftWindowsDays = [30, 90, 365] as const;

const common = { window_days: z.number().int() };
const judged = { ...common, points: z.number().int(), p_value: z.number() };

/**
 * `too_few`: less than ten days with runs, or they cover less than half of the window. `insignificant`: the slope may
 * be chance, or is below 2 % of the value over the window; no figure is given that somebody could take for one.
 */
export const driftSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('too_few'), ...common }),
  z.object({ status: z.literal('insignificant'), ...judged }),
  z.object({
    status: z.literal('significant'),
    ...judged,
    /** Relative change in 30 days: −0.01 for a value that falls by 1 % a month. */
    ratio_per_30d: z.number(),
    /** Its two-sided 95 % interval. */
    ci95_per_30d: z.tuple([z.number(), z.number()]),
    /** Where one step explains the days better than a line: the first day after it (UTC). `null` for a slope. */
    step_at: z.iso.datetime().nullable(),
  }),
]);
export type Drift = z.infer<typeof driftSchema>;

/** For each of five signals, seven tests and three windows: with 1 in 100 one of them would always be drifting. */
const SIGNIFICANCE = 0.001;
/** Of the value, over the window: a year of days shows changes that nobody would act on. */
const LEAST_CHANGE = 0.02;
const LEAST_POINTS = 10;
const LEAST_COVER = 0.5;
/** A year in blocks of six days: a thirtieth of the work, and the same slope within some hundredths of it. */
const MOST_POINTS = 64;
const DAYS_PER_MONTH = 30;

/**
 * Theil–Sen slope of the logarithms of the daily medians over the last `windowDays` days before `now`, judged by the
 * Mann–Kendall test. A level that changed at once (`breaks`) is no drift: only days between two such changes are
 * compared with each other.
 */
export function driftOf(history: History, windowDays: number, now: Date): Drift {
  const stretches = stretchesOf(history, windowDays, now);
  const points = stretches.flat();
  const [first, last] = [points[0], points.at(-1)];
  const covered = first === undefined || last === undefined ? 0 : last.x - first.x;
  if (points.length < LEAST_POINTS || covered < windowDays * LEAST_COVER) {
    return { status: 'too_few', window_days: windowDays };
  }
  const chance = mannKendall(stretches);
  // Of most signals that is all there is to tell: their slope is not asked for.
  if (chance.pValue > SIGNIFICANCE) {
    return { status: 'insignificant', window_days: windowDays, points: points.length, p_value: chance.pValue };
  }
  const slopes = pairwiseSlopes(stretches);
  const slope = theilSenSlope(slopes) ?? 0;
  const { pValue, variance } = significanceBeside(slope, stretches);
  const judgement = { window_days: windowDays, points: points.length, p_value: pValue };
  const interval = slopeInterval95(slopes, variance);
  const isSmall = Math.abs(Math.expm1(slope * windowDays)) < LEAST_CHANGE;
  if (pValue > SIGNIFICANCE || isSmall || interval === undefined) return { status: 'insignificant', ...judgement };
  const step = stepIn(longestOf(stretches), slope);
  return {
    status: 'significant',
    ...judgement,
    ratio_per_30d: perMonth(slope),
    ci95_per_30d: [perMonth(interval[0]), perMonth(interval[1])],
    step_at: step === undefined ? null : new Date(Math.floor(step.after.x) * DAY_MS).toISOString(),
  };
}

/** Neighbours are compared by what the trend, a slope or a step, leaves of them: else a step would look like a wave. */
function significanceBeside(slope: number, stretches: readonly Stretch[]): MannKendall {
  return mannKendall(stretches, (stretch) => {
    const step = stepIn(stretch, slope);
    if (step === undefined) return residualsFrom(stretch, slope);
    return stretch.map(({ y }, index) => y - (index < step.index ? step.levels[0] : step.levels[1]));
  });
}

function perMonth(logPerDay: number): number {
  return Math.expm1(logPerDay * DAYS_PER_MONTH);
}

/** Points of equally many days, cut where the level changed; the day of a change belongs to neither side. */
function stretchesOf(history: History, windowDays: number, now: Date): readonly Stretch[] {
  const lastDay = Math.floor(now.getTime() / DAY_MS);
  const blockDays = Math.ceil(windowDays / MOST_POINTS);
  const breaks = [...new Set(history.breaks)].sort((a, b) => a - b);
  const blocks: { readonly stretch: number; readonly number: number; days: number[]; values: number[] }[] = [];
  let stretch = 0;
  // Ascending, as the breaks are: each block and each stretch is complete before the next begins.
  for (const [day, value] of daysAfter(lastDay - windowDays, closedDays(history))) {
    if (day > lastDay) break;
    while ((breaks[stretch] ?? Number.POSITIVE_INFINITY) < day) stretch += 1;
    if (breaks[stretch] === day) continue;
    const number = Math.floor(day / blockDays);
    const last = blocks.at(-1);
    if (last?.stretch === stretch && last.number === number) {
      last.days.push(day);
      last.values.push(value);
    } else blocks.push({ stretch, number, days: [day], values: [value] });
  }
  const stretches = new Map<number, Point[]>();
  for (const { stretch: of, days, values } of blocks) {
    const middle = median(values);
    if (middle === undefined) continue;
    const point = { x: days.reduce((sum, day) => sum + day, 0) / days.length, y: Math.log(middle) };
    const known = stretches.get(of);
    if (known === undefined) stretches.set(of, [point]);
    else known.push(point);
  }
  return [...stretches.values()];
}

/** Those after a day of days that ascend. */
function daysAfter(day: number, days: History['days']): History['days'] {
  let first = days.length;
  while (first > 0 && (days[first - 1]?.[0] ?? day) > day) first -= 1;
  return days.slice(first);
}

function longestOf(stretches: readonly Stretch[]): Stretch {
  return stretches.reduce((longest, stretch) => (stretch.length > longest.length ? stretch : longest), []);
}

/** A step has one parameter more than a line, and can follow noise: it must leave a fifth less to be believed. */
const STEP_GAIN = 0.8;

interface Step {
  /** Of the first point after it. */
  readonly index: number;
  readonly after: Point;
  readonly levels: readonly [number, number];
}

/** The step that explains the stretch better than the slope does; `undefined` where none does. */
function stepIn(stretch: Stretch, slope: number): Step | undefined {
  const values = stretch.map(({ y }) => y);
  const change = changePoint(values);
  if (change === undefined) return undefined;
  const after = stretch[change.index];
  const levels = [median(values.slice(0, change.index)), median(values.slice(change.index))] as const;
  if (after === undefined || levels[0] === undefined || levels[1] === undefined) return undefined;
  const isBetter = change.deviation <= STEP_GAIN * absoluteDeviation(residualsFrom(stretch, slope));
  return isBetter ? { index: change.index, after, levels: [levels[0], levels[1]] } : undefined;
}

function residualsFrom(stretch: Stretch, slope: number): number[] {
  return stretch.map(({ x, y }) => y - slope * x);
}
