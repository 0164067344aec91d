/** What is remembered of one signal of one series: enough to judge the next run without the history. */
import * as z from 'zod';
import { hidingPlaces } from '../shared/text/hiding-place.js';
import { changeSchema } from './changes/what-changed.js';

/** One run's value. */
export interface TrendSample {
  readonly run_id: string;
  /** When the run took place: RFC 3339, in UTC. */
  readonly at: string;
  readonly value: number;
}

/** `machine`: the reference model slowed at the same time. `server`: it kept its speed. */
const likelyCauses = ['machine', 'server'] as const;
export type LikelyCause = (typeof likelyCauses)[number];

export const regressionSchema = z.object({
  /** When the first bad run took place, and which it was. */
  since: z.iso.datetime(),
  first_bad_run_id: z.string(),
  last_good_run_id: z.string(),
  last_good_at: z.iso.datetime(),
  /**
   * Noise can hide the first bad run among the good ones or the other way round: these lie one run further on either
   * side, and what differs between them is what changed.
   */
  before_run_id: z.string(),
  after_run_id: z.string(),
  /** The run after which it was certain enough. */
  detected_at: z.iso.datetime(),
  detected_run_id: z.string(),
  /** Median of the bad runs until then over the baseline's, less 1: −0.12 for a speed that fell by 12 %. */
  change_ratio: z.number(),
  /** That so many runs lie so far by chance. */
  p_value: z.number(),
  /** What differs between those two, the likeliest cause first; `null` where it could not be looked at. */
  changes: z.array(changeSchema).nullable(),
  /** `null` while the reference model has not told. */
  culprit: z.enum(likelyCauses).nullable(),
  /**
   * What kept it from being seen in the last runs, where only the level of the month before told: it came slowly, or
   * behind a weekly swing or noise. `null` where the last runs told.
   */
  behind: z.enum(hidingPlaces).nullable().default(null),
});
export type Regression = z.infer<typeof regressionSchema>;

type RunOfTrend = Pick<TrendSample, 'run_id' | 'at'>;

/** The runs on either side of a change, in their order, and the one that made it certain; its causes are not looked at yet. */
export function boundsOf(before: readonly RunOfTrend[], after: readonly RunOfTrend[], detected: RunOfTrend) {
  const [firstBad, lastGood] = [after[0] ?? detected, before.at(-1) ?? detected];
  return {
    since: firstBad.at,
    first_bad_run_id: firstBad.run_id,
    last_good_run_id: lastGood.run_id,
    last_good_at: lastGood.at,
    before_run_id: (before.at(-2) ?? lastGood).run_id,
    after_run_id: (after[1] ?? firstBad).run_id,
    detected_at: detected.at,
    detected_run_id: detected.run_id,
    changes: null,
    culprit: null,
  } satisfies Partial<Regression>;
}

const timePattern = z.regexes.datetime({});

/** By hand: of all that a start reads of a kept book these are the most. */
function areSamples(value: unknown): boolean {
  return Array.isArray(value) && value.every(isSample);
}

function isSample(sample: unknown): boolean {
  if (typeof sample !== 'object' || sample === null) return false;
  const { run_id, at, value } = sample as Readonly<Partial<Record<keyof TrendSample, unknown>>>;
  return typeof run_id === 'string' && typeof at === 'string' && timePattern.test(at) && Number.isFinite(value);
}

const samples = z.custom<TrendSample[]>(areSamples, 'expected runs with their time and value');

/**
 * `baseline`: the last good runs. `recent`: runs that are not counted among them yet, because the next ones may show
 * that they were the first of a change. All are in the order in which they were judged.
 */
export const regressionStateSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('learning'), baseline: samples }),
  z.object({ status: z.literal('steady'), baseline: samples, recent: samples }),
  z.object({
    status: z.literal('regressed'),
    baseline: samples,
    recent: samples,
    /** Runs on the bad level. */
    regressed: samples,
    regression: regressionSchema,
  }),
]);
export type RegressionState = z.infer<typeof regressionStateSchema>;
export type SteadyState = Extract<RegressionState, { status: 'steady' }>;
export type RegressedState = Extract<RegressionState, { status: 'regressed' }>;

export const initialState: RegressionState = { status: 'learning', baseline: [] };

/** All runs that are remembered and not on the side of the baseline alone, oldest first. */
export function samplesOf(state: RegressionState): readonly TrendSample[] {
  switch (state.status) {
    case 'learning':
      return state.baseline;
    case 'steady':
      return [...state.baseline, ...state.recent];
    case 'regressed':
      return [...state.baseline, ...state.regressed, ...state.recent];
  }
}
