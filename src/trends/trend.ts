/** One series judged: what is normal, whether it is worse now, and whether it drifts. */
import * as z from 'zod';
import { baselineOf, baselineSchema } from './baseline.js';
import { driftOf, driftSchema, driftWindowsDays } from './drift.js';
import { closedDays } from './history.js';
import { lastMonthOf, lastMonthSchema } from './month/last-month.js';
import type { TrendOptions } from './regression.js';
import { type RegressionState, regressionSchema, samplesOf } from './regression-state.js';
import { seriesKeySchema } from './series.js';
import { type SignalName, signalNames, signals } from './signal.js';
import { firstRunSchema, type SignalRecord, signalRecordSchema } from './signal-judging.js';
import { median } from './statistics/median.js';
import { SHORTEST_SPAN } from './statistics/significance.js';

const resetMarkSchema = z.object({ at: z.iso.datetime(), reason: z.string() });

/** Files are told in the manner of the server's kind: those of two kinds cannot be compared. */
const modelFileSchema = z.object({ server_kind: z.string().nullable(), file: z.string() });

export const seriesRecordSchema = z.object({
  series: seriesKeySchema,
  /** Behind the model in the last run that told; `null` where none did, and in books of older versions. */
  model_file: modelFileSchema.nullable().default(null),
  /** Runs that were judged. */
  runs: z.number().int(),
  last_run_at: z.iso.datetime(),
  /** The last time that a new baseline began: a user said so, or another file stood behind the model. */
  reset: resetMarkSchema.nullable(),
  /** The last time that a user said of what was told that it is no regression. */
  dismissed: resetMarkSchema.nullable().default(null),
  /** Of each of the last days with runs; none in books of older versions. */
  first_runs: z.array(firstRunSchema).default([]),
  signals: z.partialRecord(z.enum(signalNames), signalRecordSchema),
});
/** All that is remembered of one series. */
export type SeriesRecord = z.infer<typeof seriesRecordSchema>;

const currentSchema = z.object({
  /** Of the last runs, four where there are so many. */
  median: z.number(),
  samples: z.number().int(),
});

const regressionTrendSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('learning'), samples: z.number().int(), needed: z.number().int() }),
  z.object({ status: z.literal('steady') }),
  z.object({ status: z.literal('active'), ...regressionSchema.shape }),
]);

export const signalTrendSchema = z.object({
  signal: z.enum(signalNames),
  unit: z.string(),
  worse: z.enum(['lower', 'higher']),
  baseline: baselineSchema.nullable(),
  current: currentSchema.nullable(),
  /** `current` over the baseline, less 1: −0.12 for a value that is 12 % lower, whichever way is worse. */
  change_ratio: z.number().nullable(),
  regression: regressionTrendSchema,
  /** The last seven days against the month before them: what the last runs have dragged along is not in it. */
  last_month: lastMonthSchema,
  /** Over 30, 90 and 365 days. */
  drift: z.array(driftSchema),
});
export type SignalTrend = z.infer<typeof signalTrendSchema>;

export const trendSchema = z.object({
  series: seriesKeySchema,
  runs: z.number().int(),
  last_run_at: z.iso.datetime(),
  reset: resetMarkSchema.nullable(),
  dismissed: resetMarkSchema.nullable(),
  /** Those that the series has values of. */
  signals: z.array(signalTrendSchema),
});
export type Trend = z.infer<typeof trendSchema>;

/** Drift is counted back from `now`. Some milliseconds for a year of history: not while something is measured. */
export function trendOf(record: SeriesRecord, options: TrendOptions, now: Date): Trend {
  return {
    series: record.series,
    runs: record.runs,
    last_run_at: record.last_run_at,
    reset: record.reset,
    dismissed: record.dismissed,
    signals: signalNames.flatMap((name) => {
      const signal = record.signals[name];
      return signal === undefined ? [] : [signalTrendOf(name, signal, { options, resetAt: record.reset?.at, now })];
    }),
  };
}

function signalTrendOf(
  name: SignalName,
  record: SignalRecord,
  {
    options,
    resetAt,
    now,
  }: { readonly options: TrendOptions; readonly resetAt: string | undefined; readonly now: Date },
): SignalTrend {
  const { state } = record;
  // Once for all that look at days.
  const history = { ...record.history, days: closedDays(record.history), open: null };
  const { unit, worse } = signals[name];
  const baseline = baselineOf(state);
  const last = samplesOf(state).slice(-SHORTEST_SPAN);
  const current = median(last.map(({ value }) => value));
  return {
    signal: name,
    unit,
    worse,
    baseline: baseline ?? null,
    current: current === undefined ? null : { median: current, samples: last.length },
    change_ratio: current === undefined || baseline === undefined ? null : current / baseline.median - 1,
    regression: regressionTrendOf(state, options),
    last_month: lastMonthOf({ state, history }, resetAt, now),
    drift: driftWindowsDays.map((windowDays) => driftOf(history, windowDays, now)),
  };
}

function regressionTrendOf(state: RegressionState, options: TrendOptions): SignalTrend['regression'] {
  switch (state.status) {
    case 'learning':
      return { status: 'learning', samples: state.baseline.length, needed: options.minSamples };
    case 'steady':
      return { status: 'steady' };
    case 'regressed':
      return { status: 'active', ...state.regression };
  }
}
