/** All tests of one model on one target as one: what somebody is told of a slowdown, however many tests it shows in. */
import type { SignalName } from '../../trends/signal.js';
import type { SignalTrend } from '../../trends/trend.js';
import type { MetricLabels } from '../sample.js';
import type { EvaluatedSeries } from './trend-series.js';

/** The signals that mean slower, the one that says most first. */
const slownessSignals = ['decode_speed', 'prefill_speed', 'ttft'] as const satisfies readonly SignalName[];
type SlownessSignal = (typeof slownessSignals)[number];

export interface WorstTest {
  readonly test: string;
  readonly signal: SlownessSignal;
  /** In the signal's unit: tokens/s, or seconds to the first token. */
  readonly now: number;
  readonly normal: number;
  /** `now` over `normal`, less 1. */
  readonly changeRatio: number;
}

export interface Slowdown {
  /** `target`, `model` and what the configuration adds: the same whatever gets slower. */
  readonly labels: MetricLabels;
  /** Tests that have a baseline. */
  readonly tests: number;
  readonly slowerTests: number;
  /** `undefined` while none is slower. */
  readonly worst: WorstTest | undefined;
  /** When the first bad run of any of them took place, in milliseconds since the epoch. */
  readonly sinceMs: number | undefined;
  /** In words; `undefined` where nothing is known. */
  readonly cause: string | undefined;
}

interface SlowSignal extends WorstTest {
  readonly sinceMs: number;
  readonly cause: string | undefined;
}

const known = new WeakMap<readonly EvaluatedSeries[], readonly Slowdown[]>();

/** The same frozen array as before for the same array of series. */
export function slowdowns(series: readonly EvaluatedSeries[]): readonly Slowdown[] {
  const summaries = known.get(series) ?? Object.freeze([...byModel(series).values()].map(summaryOf));
  known.set(series, summaries);
  return summaries;
}

function byModel(series: readonly EvaluatedSeries[]): ReadonlyMap<string, readonly EvaluatedSeries[]> {
  const models = new Map<string, EvaluatedSeries[]>();
  for (const evaluated of series) {
    const { target, model } = evaluated.trend.series;
    const key = JSON.stringify([target, model]);
    const others = models.get(key);
    if (others === undefined) models.set(key, [evaluated]);
    else others.push(evaluated);
  }
  return models;
}

function summaryOf(series: readonly EvaluatedSeries[]): Slowdown {
  const judged = series.filter(({ trend }) => signalsOf(trend.signals).some(({ baseline }) => baseline !== null));
  const slow = judged.map(({ trend }) => ({
    signals: signalsOf(trend.signals).flatMap((signal) => slowSignal(trend.series.test_id, signal)),
  }));
  const all = slow.flatMap(({ signals }) => signals).toSorted(byWeight);
  const [worst] = all;
  return {
    labels: modelLabels(series[0]?.labels ?? {}),
    tests: judged.length,
    slowerTests: slow.filter(({ signals }) => signals.length > 0).length,
    worst,
    sinceMs: worst === undefined ? undefined : Math.min(...all.map(({ sinceMs }) => sinceMs)),
    cause: all.find(({ cause }) => cause !== undefined)?.cause,
  };
}

function signalsOf(signals: readonly SignalTrend[]): readonly SignalTrend[] {
  return signals.filter(({ signal }) => isSlowness(signal));
}

function isSlowness(name: SignalName): name is SlownessSignal {
  return slownessSignals.some((known) => known === name);
}

function slowSignal(test: string, { signal, regression, current, baseline }: SignalTrend): SlowSignal[] {
  if (regression.status !== 'active' || current === null || baseline === null || !isSlowness(signal)) return [];
  const [now, normal] = [current.median, baseline.median];
  return [
    {
      test,
      signal,
      now,
      normal,
      changeRatio: now / normal - 1,
      sinceMs: Date.parse(regression.since),
      cause: causeOf(regression),
    },
  ];
}

function causeOf({
  changes,
  culprit,
}: Pick<Extract<SignalTrend['regression'], { status: 'active' }>, 'changes' | 'culprit'>): string | undefined {
  const change = changes?.find(({ explains }) => explains);
  if (change !== undefined) return change.words;
  if (culprit === 'machine') return 'the machine: the reference model is slower too';
  if (culprit === 'server') return 'the server: the reference model kept its speed';
  return undefined;
}

function byWeight(a: SlowSignal, b: SlowSignal): number {
  const rank = ({ signal }: SlowSignal) => slownessSignals.indexOf(signal);
  return rank(a) - rank(b) || Math.abs(b.changeRatio) - Math.abs(a.changeRatio);
}

function modelLabels({ server, test, category, ctx_size, ...labels }: MetricLabels): MetricLabels {
  return labels;
}
