/** One run judged for one signal: against the last runs at once and, as each day ends, against the month before it. */
import * as z from 'zod';
import { DAY_MS } from '../shared/units.js';
import { dayOf, type History, historySchema, withBreak, withRegressed, withValue } from './history.js';
import { goodDays, hasSeen, type MonthLevel, monthLevelOf, usualAt } from './month/month-level.js';
import { type MonthLoss, monthLossOf } from './month/month-loss.js';
import { evaluate, type TrendOptions, type Usual, type Verdict } from './regression.js';
import {
  boundsOf,
  type Regression,
  type RegressionState,
  regressionStateSchema,
  samplesOf,
  type TrendSample,
} from './regression-state.js';
import type { Signal } from './signal.js';

export const signalRecordSchema = z.object({ state: regressionStateSchema, history: historySchema });
/** All that is remembered of one signal. */
export type SignalRecord = z.infer<typeof signalRecordSchema>;

export const firstRunSchema = z.object({ run_id: z.string(), at: z.iso.datetime() });
/** The first run of a day. */
export type FirstRun = z.infer<typeof firstRunSchema>;

/** As many days as a month and the days that are held against it. */
const KEPT_FIRST_RUNS = 45;

/** With the run where it is the first of its day. */
export function withFirstRun(runs: readonly FirstRun[], { run_id, at }: FirstRun): readonly FirstRun[] {
  const last = runs.at(-1);
  if (last !== undefined && dayOf(last.at) >= dayOf(at)) return runs;
  return [...runs, { run_id, at }].slice(-KEPT_FIRST_RUNS);
}

export interface SignalContext {
  readonly signal: Signal;
  readonly options: TrendOptions;
  /** When a new baseline began, if ever. */
  readonly resetAt: string | undefined;
  readonly firstRuns: readonly FirstRun[];
}

/** The cost of a run does not depend on how many went before; the first run of a day costs some tens of medians more. */
export function judgeSignal(known: SignalRecord, run: TrendSample, context: SignalContext): SignalJudgement {
  const { signal, options } = context;
  const judged = evaluate(known.state, run, signal, options, usualOf(known, context));
  if (judged.verdict.kind === 'ignored') return { record: known, verdict: judged.verdict };
  const isNewDay = known.history.open !== null && known.history.open.day < dayOf(run.at);
  const history = withValue(known.history, run.at, run.value);
  const { state, verdict } =
    (isNewDay && isQuiet(judged.verdict) && againstMonth(judged.state, history, run, context)) || judged;
  return { record: { state, history: withLevelChange(history, verdict) }, verdict };
}

export interface SignalJudgement {
  readonly record: SignalRecord;
  readonly verdict: Verdict;
}

/** When the level changed for good, where that is what the verdict says. */
export function levelChangeOf(verdict: Verdict): string | undefined {
  switch (verdict.kind) {
    case 'started':
      return verdict.regression.since;
    case 'recovered':
    case 'improved':
      return verdict.since;
    default:
      return undefined;
  }
}

function withLevelChange(history: History, verdict: Verdict): History {
  const changedAt = levelChangeOf(verdict);
  if (changedAt === undefined) return history;
  const known =
    verdict.kind === 'recovered' ? withRegressed(history, verdict.regression.since, verdict.since) : history;
  return withBreak(known, changedAt);
}

/** How many days the level stands back behind the runs that it is to judge: a change among them must not be in it. */
const STANDING_BACK_DAYS = 7;

/** What it is made of is replaced where it changes: of the same it is computed once. */
const levels = new WeakMap<
  History['days'],
  Pick<History, 'breaks' | 'regressed'> & { readonly before: number; readonly level: MonthLevel | undefined }
>();

function usualOf({ state, history }: SignalRecord, { resetAt }: SignalContext): Usual | undefined {
  const level = levelBehind(state, history, resetAt);
  if (level === undefined) return undefined;
  // Else the last runs lie on another level than the month, and are better at telling what is normal.
  const isUnbroken = !history.breaks.some((day) => day >= level.from);
  const hasSwing = level.usual.some((factor) => factor !== 1);
  return {
    // Hundreds of runs' times are not read where it makes no difference.
    factorAt: hasSwing ? (at) => usualAt(level, Date.parse(at)) : () => 1,
    hasSeen: ({ from, to, days }) => {
      const changes = [Math.log(to / from), ...(isUnbroken ? [Math.log(to / level.level)] : [])];
      return changes.some((change) => hasSeen(level, change, days));
    },
  };
}

/** Last month's level; while something is worse, that of the month before it began. */
function levelBehind(state: RegressionState, history: History, resetAt: string | undefined): MonthLevel | undefined {
  const { days, breaks, regressed } = history;
  const lastDay = days.at(-1)?.[0] ?? 0;
  const before = state.status === 'regressed' ? dayOf(state.regression.since) : lastDay + 1 - STANDING_BACK_DAYS;
  const known = levels.get(days);
  if (known?.breaks === breaks && known.regressed === regressed && known.before === before) return known.level;
  const level = monthLevelOf(goodDays(history, resetAt), before);
  levels.set(days, { breaks, regressed, before, level });
  return level;
}

function isQuiet({ kind }: Verdict): boolean {
  return kind === 'steady' || kind === 'suspect';
}

function againstMonth(state: RegressionState, history: History, run: TrendSample, context: SignalContext) {
  const { signal, options, resetAt, firstRuns } = context;
  const loss = monthLossOf(goodDays(history, resetAt), signal, options.drop);
  const regression = loss && regressionOf(loss, run, firstRuns);
  if (loss === undefined || regression === undefined) return undefined;
  const started: RegressionState = {
    status: 'regressed',
    baseline: baselineFrom(loss, firstRuns).slice(-options.window),
    recent: [],
    regressed: samplesOf(state)
      .filter(({ at }) => at >= regression.since)
      .slice(-options.window),
    regression,
  };
  return { state: started, verdict: { kind: 'started', regression } as const };
}

/** `undefined` while no run is known from before it, as in a book of an older version. */
function regressionOf(loss: MonthLoss, detected: TrendSample, firstRuns: readonly FirstRun[]): Regression | undefined {
  const before = firstRuns.filter(({ at }) => dayOf(at) < loss.day);
  const after = firstRuns.filter(({ at }) => dayOf(at) >= loss.day);
  if (before.length === 0 || after.length === 0) return undefined;
  return {
    ...boundsOf(before, after, detected),
    change_ratio: loss.changeRatio,
    p_value: loss.pValue,
    behind: loss.behind,
  };
}

/** The good days' medians stand for their runs, which are no longer remembered. */
function baselineFrom({ good }: MonthLoss, firstRuns: readonly FirstRun[]): TrendSample[] {
  return good.map(([day, value]) => {
    const at = new Date(day * DAY_MS).toISOString();
    const first = firstRuns.find((run) => dayOf(run.at) === day);
    return { run_id: first?.run_id ?? `day ${at.slice(0, 10)}`, at: first?.at ?? at, value };
  });
}
