/** A loss that the last runs do not tell, because it came slowly or behind a swing: the last days against the month before. */
import type { HidingPlace } from '../../shared/text/hiding-place.js';
import { largeMovement, type Signal } from '../signal.js';
import { changePoint } from '../statistics/change-point.js';
import { median } from '../statistics/median.js';
import { significanceOf } from '../statistics/significance.js';
import { type DayValue, type GoodDays, type MonthLevel, monthLevelOf, noiseOf, offLevel } from './month-level.js';

export interface MonthLoss {
  /** The first day of it. */
  readonly day: number;
  /** Of the days since over what the month makes one expect of them, less 1. */
  readonly changeRatio: number;
  readonly pValue: number;
  /** What kept it from being seen in the last runs. */
  readonly behind: HidingPlace;
  /** The days before it, against which it stands. */
  readonly good: readonly DayValue[];
}

/** Days with runs that are tested against the month before them, in no more than twice as many days. */
const SPANS = [5, 7, 10, 14] as const;
/** A day's test comes after those of its runs: together they are to raise less than one false alarm in 1,000 runs. */
const SIGNIFICANCE_OF_DAYS = 0.0005;
const WEEK_DAYS = 7;
/** A swing below it hides nothing. */
const LEAST_SWING = 0.03;

/** The last of the days has just ended. */
export function monthLossOf(good: GoodDays, signal: Signal, drop: number): MonthLoss | undefined {
  const { days } = good;
  const lastDay = days.at(-1)?.[0];
  if (lastDay === undefined) return undefined;
  for (const span of SPANS) {
    const sample = days.slice(-span);
    const first = sample[0]?.[0];
    if (first === undefined || sample.length < span || lastDay - first >= 2 * span) continue;
    if (!isWorth(sample, days.slice(-MONTH_DAYS - span, -span), signal, drop)) continue;
    const month = monthLevelOf(good, first);
    // Whole weeks alone can be compared where weekdays cannot be told apart.
    if (month === undefined || (!month.knowsWeekdays && span % WEEK_DAYS !== 0)) continue;
    const pValue = significanceOfLoss(sample, month, signal, drop);
    if (pValue !== undefined && pValue <= SIGNIFICANCE_OF_DAYS) return lossSince(days, month, pValue);
  }
  return undefined;
}

/** Days that a quick look takes for the month. */
const MONTH_DAYS = 28;

/** A quick look, without weekdays: most days are as good as those before them. */
function isWorth(sample: readonly DayValue[], before: readonly DayValue[], signal: Signal, drop: number): boolean {
  const [level, current] = [before, sample].map((days) => median(days.map(([, value]) => value)));
  return level !== undefined && current !== undefined && largeMovement(signal, level, current, drop / 4) === 'worse';
}

/** `undefined` where the days are not worse by a large change, or most of them do not share it. */
function significanceOfLoss(sample: readonly DayValue[], month: MonthLevel, signal: Signal, drop: number) {
  const offs = sample.map((one) => offLevel(month, one));
  const isWorse = (off: number, least: number): boolean =>
    largeMovement(signal, month.level, month.level * Math.exp(off), least) === 'worse';
  const isShared = offs.filter((off) => isWorse(off, drop / 2)).length > offs.length / 2;
  if (!isWorse(median(offs) ?? 0, drop) || !isShared) return undefined;
  return significanceOf(offs, month.residuals, signal.worse);
}

function lossSince(days: readonly DayValue[], month: MonthLevel, pValue: number): MonthLoss | undefined {
  const looked = days.filter(([day]) => day >= month.from);
  const offs = looked.map((one) => offLevel(month, one));
  const index = changePoint(offs)?.index;
  const first = index === undefined ? undefined : looked[index];
  if (index === undefined || first === undefined) return undefined;
  const change = median(offs.slice(index)) ?? 0;
  return {
    day: first[0],
    changeRatio: Math.expm1(change),
    pValue,
    behind: hidingPlaceOf(offs, index, change, month),
    good: looked.slice(0, index),
  };
}

/** Days on either side of the change by which a slope is told from a step. */
const EDGE_DAYS = 4;
/** Of the change: how far these days must have gone towards each other. */
const EDGE_SHARE = 0.2;

function hidingPlaceOf(offs: readonly number[], index: number, change: number, month: MonthLevel): HidingPlace {
  const before = mean(offs.slice(Math.max(0, index - EDGE_DAYS), index));
  const after = mean(offs.slice(index, index + EDGE_DAYS));
  if (before / change >= EDGE_SHARE && after / change <= 1 - EDGE_SHARE) return 'slope';
  const swing = Math.max(...month.usual.map((factor) => Math.abs(factor - 1)));
  return swing >= Math.max(LEAST_SWING, noiseOf(month)) ? 'weekly_swing' : 'noise';
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
