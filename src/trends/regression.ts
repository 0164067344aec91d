/**
 * Has this signal become worse, and is it well again? Runs are judged one at a time, in the order in which they
 * finish; what one costs does not depend on how many went before.
 *
 * A regression starts when the median of the last few runs is worse than the baseline's by a large change and a rank
 * test finds this unlikely to be noise, so no single run can start one. Until it ends the baseline stays as it was.
 * It ends the same way: the last few runs are no longer worse by a large change, and a rank test finds that unlikely
 * for the level of the regression.
 */

import { DAY_MS } from '../shared/units.js';
import { isMost, isOftenOff, movementOf, tailOf } from './movement.js';
import {
  boundsOf,
  type RegressedState,
  type Regression,
  type RegressionState,
  type SteadyState,
  samplesOf,
  type TrendSample,
} from './regression-state.js';
import { isUsable, largeMovement, type Movement, type Signal } from './signal.js';
import { changePoint } from './statistics/change-point.js';
import { median } from './statistics/median.js';
import { LONGEST_SPAN, SHORTEST_SPAN, SIGNIFICANCE, SPANS, significanceOf } from './statistics/significance.js';

export interface TrendOptions {
  /** Good runs that make up a full baseline. */
  readonly window: number;
  /** Good runs with which judging begins. */
  readonly minSamples: number;
  /** The least change, as a share of the baseline, that is a regression: 0.1 for 10 %. */
  readonly drop: number;
}

/** What the month before tells of the runs that come. */
export interface Usual {
  /**
   * The factor by which runs of that time usually lie off the level of their week: without it a swing would be taken
   * for a change, and a change for the swing.
   */
  readonly factorAt: (at: string) => number;
  /** Whether as many days have lain so far off without a change of level. */
  readonly hasSeen: (change: { readonly from: number; readonly to: number; readonly days: number }) => boolean;
}

const nothingUsual: Usual = { factorAt: () => 1, hasSeen: () => false };

interface JudgingOptions extends TrendOptions {
  readonly usual: Usual;
}

/**
 * `ignored`: nothing was learnt, the value cannot be or the run was judged before. `suspect`: a large change that may
 * still be noise. `improved`: the better level has become the baseline. `since` is the first run on a new level.
 */
export type Verdict =
  | { readonly kind: 'ignored'; readonly reason: 'value' | 'repeated' }
  | { readonly kind: 'learning'; readonly samples: number }
  | { readonly kind: 'steady' }
  | { readonly kind: 'suspect'; readonly movement: Movement }
  | { readonly kind: 'started'; readonly regression: Regression }
  | { readonly kind: 'ongoing'; readonly regression: Regression }
  | { readonly kind: 'recovered'; readonly regression: Regression; readonly since: string }
  | { readonly kind: 'improved'; readonly since: string };

export interface Judgement {
  readonly state: RegressionState;
  readonly verdict: Verdict;
}

/** Runs that wait before they count as good or bad: the first ones of a change must not have become its measure. */
const WAITING = 5;
/** The same while the last ones look like a change. */
const WAITING_WHEN_SUSPECT = LONGEST_SPAN;
/** Runs whose median alone, without any test, lets the others wait. */
const SUSPECT_SPAN = 3;

/** Judges one finished run. O(window). */
export function evaluate(
  state: RegressionState,
  run: TrendSample,
  signal: Signal,
  given: TrendOptions,
  usual: Usual = nothingUsual,
): Judgement {
  const options = { ...given, usual };
  if (!isUsable(run.value)) return { state, verdict: { kind: 'ignored', reason: 'value' } };
  if (samplesOf(state).some(({ run_id }) => run_id === run.run_id)) {
    return { state, verdict: { kind: 'ignored', reason: 'repeated' } };
  }
  switch (state.status) {
    case 'learning': {
      const baseline = [...state.baseline, run];
      const verdict = { kind: 'learning', samples: baseline.length } as const;
      if (baseline.length < options.minSamples) return { state: { status: 'learning', baseline }, verdict };
      return { state: { status: 'steady', baseline, recent: [] }, verdict };
    }
    case 'steady':
      return evaluateSteady({ ...state, recent: [...state.recent, run] }, signal, options);
    case 'regressed':
      return evaluateRegressed({ ...state, recent: [...state.recent, run] }, signal, options);
  }
}

function evaluateSteady(state: SteadyState, signal: Signal, options: JudgingOptions): Judgement {
  const values = valuesOf([...state.baseline, ...state.recent], options);
  let suspected = suspicion(state, signal, options);
  let newest: Movement | undefined;
  for (const span of spansWithin(state.recent.length)) {
    const sample = values.slice(-span);
    const reference = values.slice(0, -span).slice(-options.window);
    const movement = movementOf(signal, reference, sample, options.drop);
    if (span === SHORTEST_SPAN) newest = movement;
    if (movement === undefined) continue;
    suspected = movement;
    // Many runs may still be on a level that the last ones have left.
    if (movement !== newest) continue;
    const pValue = significanceOf(sample, reference, tailOf(signal, movement));
    if (pValue > SIGNIFICANCE) continue;
    if (isOftenOff(signal, reference, sample, movement, options.drop)) continue;
    if (hasSeen(reference, sample, state.recent.slice(-span), options)) continue;
    if (movement === 'worse') return start(state, pValue, options);
    const improved = adopt(state, options);
    if (improved !== undefined) return improved;
  }
  const next = settle(state.baseline, state.recent, suspected !== undefined, options);
  const verdict: Verdict = suspected === undefined ? { kind: 'steady' } : { kind: 'suspect', movement: suspected };
  return { state: { status: 'steady', baseline: next.settled, recent: next.waiting }, verdict };
}

/** The last three runs' median, against the baseline without those that wait. */
function suspicion(state: SteadyState, signal: Signal, options: JudgingOptions): Movement | undefined {
  if (state.recent.length < SUSPECT_SPAN) return undefined;
  return movementOf(
    signal,
    valuesOf(state.baseline, options),
    valuesOf(state.recent.slice(-SUSPECT_SPAN), options),
    options.drop,
  );
}

function start(state: SteadyState, pValue: number, options: JudgingOptions): Judgement {
  const { before, after, detected } = splitAtChange(state.baseline, state.recent, options);
  const baseline = before.slice(-options.window);
  const [good, bad] = [median(valuesOf(baseline, options)) ?? 0, median(valuesOf(after, options)) ?? 0];
  const regression: Regression = {
    ...boundsOf(before, after, detected),
    change_ratio: bad / good - 1,
    p_value: pValue,
    behind: null,
  };
  return {
    state: { status: 'regressed', baseline, recent: [], regressed: after.slice(-options.window), regression },
    verdict: { kind: 'started', regression },
  };
}

/** Makes the better level the baseline; `undefined` while it has too few runs, which may have been a lucky stretch. */
function adopt(state: SteadyState, options: JudgingOptions): Judgement | undefined {
  const { after, detected } = splitAtChange(state.baseline, state.recent, options);
  if (after.length < Math.min(2 * options.minSamples, WAITING_WHEN_SUSPECT)) return undefined;
  return {
    state: { status: 'steady', baseline: after.slice(-options.window), recent: [] },
    verdict: { kind: 'improved', since: (after[0] ?? detected).at },
  };
}

function evaluateRegressed(state: RegressedState, signal: Signal, options: JudgingOptions): Judgement {
  const { baseline, recent, regressed, regression } = state;
  const good = valuesOf(baseline, options);
  const better = tailOf(signal, 'better');
  let suspected = isBackToGood(good, recent.slice(-SUSPECT_SPAN), SUSPECT_SPAN, signal, options);
  for (const span of spansWithin(recent.length)) {
    const sample = recent.slice(-span);
    if (!isBackToGood(good, sample, span, signal, options)) continue;
    suspected = true;
    if (isAsGood(good, sample, span, signal, options)) return recovered(state, options);
    const reference = badReference(good, valuesOf([...regressed, ...recent.slice(0, -span)], options), options);
    if (significanceOf(valuesOf(sample, options), reference, better) > SIGNIFICANCE) continue;
    return recovered(state, options);
  }
  const next = settle(regressed, recent, suspected, options);
  return {
    state: { ...state, regressed: next.settled, recent: next.waiting },
    verdict: { kind: 'ongoing', regression },
  };
}

/**
 * Whether so many runs share less than half of a large change that no test is needed: what noise had taken for a
 * regression leaves no other level to be told from.
 */
function isAsGood(
  good: readonly number[],
  sample: readonly TrendSample[],
  span: number,
  signal: Signal,
  options: JudgingOptions,
): boolean {
  return span === LONGEST_SPAN && isBackToGood(good, sample, span, signal, { ...options, drop: options.drop / 2 });
}

function recovered({ baseline, regressed, recent, regression }: RegressedState, options: JudgingOptions): Judgement {
  const { after, detected } = splitAtChange(regressed, recent, options);
  return {
    state: { status: 'steady', baseline, recent: after.slice(-WAITING_WHEN_SUSPECT) },
    verdict: { kind: 'recovered', regression, since: (after[0] ?? detected).at },
  };
}

/** Whether the runs' median, and more than half of them, are not worse than the good ones by a large change. */
function isBackToGood(
  good: readonly number[],
  sample: readonly TrendSample[],
  span: number,
  signal: Signal,
  options: JudgingOptions,
): boolean {
  const level = median(good);
  const values = valuesOf(sample, options);
  const current = median(values);
  if (level === undefined || current === undefined || sample.length < span) return false;
  const isGood = (value: number): boolean => largeMovement(signal, level, value, options.drop) !== 'worse';
  return isGood(current) && isMost(values, isGood);
}

/**
 * The bad level's values to test against, as many as the baseline may have: right after the start there are few, so
 * the good ones stand in for the missing ones, scaled to the bad level.
 */
function badReference(good: readonly number[], bad: readonly number[], options: JudgingOptions): readonly number[] {
  const known = bad.slice(-options.window);
  const scale = (median(known) ?? 1) / (median(good) ?? 1);
  const standIns = good.slice(0, Math.max(0, options.window - known.length)).map((value) => value * scale);
  return [...standIns, ...known];
}

/** The change lies among those that wait: what has settled is good or bad for certain. */
function splitAtChange(settled: readonly TrendSample[], waiting: readonly TrendSample[], options: JudgingOptions) {
  const runs = [...settled, ...waiting];
  const index = changePoint(valuesOf(runs, options), settled.length)?.index ?? settled.length;
  const detected = runs.at(-1);
  if (detected === undefined) throw new RangeError('expected runs to split, got none');
  return { before: runs.slice(0, index), after: runs.slice(index), detected };
}

function settle(
  settled: readonly TrendSample[],
  waiting: readonly TrendSample[],
  suspected: boolean,
  options: JudgingOptions,
) {
  const leaving = Math.max(0, waiting.length - (suspected ? WAITING_WHEN_SUSPECT : WAITING));
  return {
    settled: [...settled, ...waiting.slice(0, leaving)].slice(-options.window),
    waiting: waiting.slice(leaving),
  };
}

function hasSeen(
  reference: readonly number[],
  sample: readonly number[],
  runs: readonly TrendSample[],
  { usual }: JudgingOptions,
): boolean {
  const [from, to] = [median(reference), median(sample)];
  return from !== undefined && to !== undefined && usual.hasSeen({ from, to, days: daysOf(runs) });
}

/** The days that they take, at their pace. */
function daysOf(runs: readonly TrendSample[]): number {
  const [first, last] = [runs[0], runs.at(-1)];
  if (first === undefined || last === undefined) return 0;
  return ((Date.parse(last.at) - Date.parse(first.at)) / DAY_MS) * (runs.length / Math.max(1, runs.length - 1));
}

function spansWithin(runs: number): readonly number[] {
  return SPANS.filter((span) => span <= runs);
}

/** As they would be in the middle of their week. */
function valuesOf(runs: readonly TrendSample[], { usual }: JudgingOptions): number[] {
  return runs.map(({ at, value }) => value / usual.factorAt(at));
}
