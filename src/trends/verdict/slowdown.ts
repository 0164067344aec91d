/** All tests of one model on one target as one: what somebody is told of a slowdown, however many tests it shows in. */
import type { HidingPlace } from '../../shared/text/hiding-place.js';
import type { SignalName } from '../signal.js';
import type { SignalTrend, Trend } from '../trend.js';

/** The signals that mean slower, the one that says most first. */
const slownessSignals = ['decode_speed', 'prefill_speed', 'ttft'] as const satisfies readonly SignalName[];
export type SlownessSignal = (typeof slownessSignals)[number];

export interface WorstTest {
  readonly test: string;
  readonly signal: SlownessSignal;
  /** In the signal's unit: tokens/s, or seconds to the first token. */
  readonly now: number;
  readonly normal: number;
  /** `now` over `normal`, less 1. */
  readonly changeRatio: number;
  /** What hid it from the last runs, where only the month before told. */
  readonly behind: HidingPlace | undefined;
}

export interface Slowdown {
  /** Tests that have a baseline. */
  readonly tests: number;
  readonly slowerTests: number;
  /** `undefined` while none is slower. */
  readonly worst: WorstTest | undefined;
  /** When the first bad run of any of them took place, in milliseconds since the epoch. */
  readonly sinceMs: number | undefined;
  /** In words; `undefined` where nothing is known. */
  readonly cause: string | undefined;
  /** Whether the machine slowed or the server alone; `null` while the reference model has not told. */
  readonly culprit: 'machine' | 'server' | null;
}

type ActiveRegression = Extract<SignalTrend['regression'], { status: 'active' }>;

interface SlowSignal extends WorstTest {
  readonly sinceMs: number;
  readonly cause: string | undefined;
  readonly culprit: ActiveRegression['culprit'];
}

/** By how much it is worse now than normal: 0.15 for 15 %, below 0 where the last runs are better, which a slowdown can have behind it. */
export function lossOf({ signal, changeRatio }: Pick<WorstTest, 'signal' | 'changeRatio'>): number {
  return signal === 'ttft' ? changeRatio : -changeRatio;
}

/** `trends` are those of one model on one target. */
export function slowdownOf(trends: readonly Trend[]): Slowdown {
  const judged = trends.filter(({ signals }) => slownessIn(signals).some(({ baseline }) => baseline !== null));
  const slow = judged.map(({ series, signals }) =>
    slownessIn(signals).flatMap((signal) => slowSignal(series.test_id, signal)),
  );
  const all = slow.flat().toSorted(byWeight);
  const [worst] = all;
  return {
    tests: judged.length,
    slowerTests: slow.filter((signals) => signals.length > 0).length,
    worst,
    sinceMs: worst === undefined ? undefined : Math.min(...all.map(({ sinceMs }) => sinceMs)),
    cause: all.find(({ cause }) => cause !== undefined)?.cause,
    culprit: all.find(({ culprit }) => culprit !== null)?.culprit ?? null,
  };
}

/** Those of the signals that mean slower. */
export function slownessIn(signals: readonly SignalTrend[]): readonly SignalTrend[] {
  return signals.filter(({ signal }) => isSlowness(signal));
}

function isSlowness(name: SignalName): name is SlownessSignal {
  return slownessSignals.some((known) => known === name);
}

function slowSignal(test: string, { signal, regression, current, baseline, last_month }: SignalTrend): SlowSignal[] {
  if (regression.status !== 'active' || current === null || baseline === null || !isSlowness(signal)) return [];
  const isHidden = regression.behind !== null && last_month.status === 'known';
  const [now, normal] = isHidden ? [last_month.value, last_month.month_value] : [current.median, baseline.median];
  return [
    {
      test,
      signal,
      now,
      normal,
      changeRatio: now / normal - 1,
      behind: regression.behind ?? undefined,
      sinceMs: Date.parse(regression.since),
      cause: causeOf(regression),
      culprit: regression.culprit,
    },
  ];
}

function causeOf({ changes, culprit }: Pick<ActiveRegression, 'changes' | 'culprit'>): string | undefined {
  const change = changes?.find(({ explains }) => explains);
  if (change !== undefined) return change.words;
  if (culprit === 'machine') return 'the machine: the reference model is slower too';
  if (culprit === 'server') return 'the server: the reference model kept its speed';
  return undefined;
}

/** What its last runs had no loss of comes after all that is still slower. */
function byWeight(a: SlowSignal, b: SlowSignal): number {
  const isOver = (signal: SlowSignal) => Number(lossOf(signal) <= 0);
  const rank = ({ signal }: SlowSignal) => slownessSignals.indexOf(signal);
  return isOver(a) - isOver(b) || rank(a) - rank(b) || lossOf(b) - lossOf(a);
}
