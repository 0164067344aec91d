/** How often a rule cries wolf on stationary noise, and how soon it finds a true drop. */
import { quantile } from '../src/benchmark/figures/statistics.js';
import { emptyHistory } from '../src/trends/history.js';
import type { TrendOptions } from '../src/trends/regression.js';
import { initialState, type TrendSample } from '../src/trends/regression-state.js';
import { signals } from '../src/trends/signal.js';
import { type FirstRun, judgeSignal, type SignalRecord, withFirstRun } from '../src/trends/signal-judging.js';
import { median } from '../src/trends/statistics/median.js';
import { type NoiseShape, noiseOf } from '../test/fixtures/history-noise.js';

/** Says after each run of a series whether it is alarmed. */
export type Watch = (value: number) => boolean;
export type Rule = () => Watch;

export const options: TrendOptions = { window: 20, minSamples: 5, drop: 0.1 };

const LEVEL = 100;
const RUN_INTERVAL_MS = 6 * 3_600_000;
const START_MS = Date.UTC(2026, 0, 1);

/** As the agent judges. */
export const typhon: Rule = () => {
  let record: SignalRecord = { state: initialState, history: emptyHistory };
  let firstRuns: readonly FirstRun[] = [];
  let run = 0;
  return (value) => {
    run += 1;
    const sample = sampleOf(run, value);
    firstRuns = withFirstRun(firstRuns, sample);
    const context = { signal: signals.decode_speed, options, resetAt: undefined, firstRuns };
    record = judgeSignal(record, sample, context).record;
    return record.state.status === 'regressed';
  };
};

/** Six hours after the one before it. */
export function sampleOf(run: number, value: number): TrendSample {
  return { run_id: String(run), at: new Date(START_MS + run * RUN_INTERVAL_MS).toISOString(), value };
}

export const rules = {
  typhon,
  /** One run below the median of the last 20 by the drop. */
  'plain threshold': () => rolling((value, last) => value <= (median(last) ?? 0) * (1 - options.drop)),
  /** One run more than three standard deviations below the mean of the last 20. */
  '3-sigma': () =>
    rolling((value, last) => {
      const mean = last.reduce((sum, one) => sum + one, 0) / last.length;
      const variance = last.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (last.length - 1);
      return value < mean - 3 * Math.sqrt(variance);
    }),
} satisfies Record<string, Rule>;

function rolling(isAlarm: (value: number, last: readonly number[]) => boolean): Watch {
  const last: number[] = [];
  return (value) => {
    const alarmed = last.length >= options.minSamples && isAlarm(value, last);
    last.push(value);
    if (last.length > options.window) last.shift();
    return alarmed;
  };
}

export interface NoiseSetting {
  readonly shape: NoiseShape;
  /** Standard deviation over mean. */
  readonly cv: number;
  readonly seed: number;
  readonly series: number;
}

export interface FalseAlarms {
  readonly runs: number;
  /** Alarms raised, in 1,000 runs. */
  readonly per1000: number;
  /** Runs on which an alarm was standing, in 1,000. */
  readonly alarmedPer1000: number;
}

/** Alarms on noise that nothing disturbs, from the first run of each series on. */
export function falseAlarms(rule: Rule, setting: NoiseSetting & { readonly runs: number }): FalseAlarms {
  let raised = 0;
  let alarmed = 0;
  for (let series = 0; series < setting.series; series += 1) {
    const noise = noiseOf(setting.shape, seedOf(setting.seed, series));
    const watch = rule();
    let before = false;
    for (let run = 0; run < setting.runs; run += 1) {
      const now = watch(LEVEL * (1 + setting.cv * noise()));
      if (now) alarmed += 1;
      if (now && !before) raised += 1;
      before = now;
    }
  }
  const runs = setting.series * setting.runs;
  return { runs, per1000: (1000 * raised) / runs, alarmedPer1000: (1000 * alarmed) / runs };
}

export interface Detection {
  /** Share of the series in which the drop was found within the first five runs after it. */
  readonly within5: number;
  /** Of the runs until it was found. */
  readonly medianRuns: number | undefined;
  /** Share in which the alarm stood 40 runs after the drop, which lasted. */
  readonly standing: number;
  /** Share in which it ended within five runs of the recovery, of those in which it stood. */
  readonly recoveredWithin5: number;
}

const LASTING_RUNS = 40;
const PROMPT_RUNS = 5;

/** A level that falls by `drop` after `runs` quiet runs, stays there for 40 runs and recovers. */
export function detection(
  rule: Rule,
  setting: NoiseSetting & { readonly runs: number; readonly drop: number },
): Detection {
  const delays: number[] = [];
  let [standing, recovered] = [0, 0];
  for (let series = 0; series < setting.series; series += 1) {
    const noise = noiseOf(setting.shape, seedOf(setting.seed, series));
    const watch = rule();
    const next = (level: number): boolean => watch(level * (1 + setting.cv * noise()));
    for (let run = 0; run < setting.runs; run += 1) next(LEVEL);
    const bad = Array.from({ length: LASTING_RUNS }, () => next(LEVEL * (1 - setting.drop)));
    const found = bad.indexOf(true);
    delays.push(found === -1 ? Number.POSITIVE_INFINITY : found + 1);
    if (bad.at(-1) !== true) continue;
    standing += 1;
    if (Array.from({ length: PROMPT_RUNS }, () => next(LEVEL)).at(-1) === false) recovered += 1;
  }
  return {
    within5: delays.filter((delay) => delay <= PROMPT_RUNS).length / setting.series,
    medianRuns: quantile(delays, 0.5),
    standing: standing / setting.series,
    recoveredWithin5: standing === 0 ? 0 : recovered / standing,
  };
}

function seedOf(seed: number, series: number): number {
  return seed * 7919 + series * 104_729;
}
