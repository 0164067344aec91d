/** The series that can be compared with each other: one model on one target with one workload. */
import { isRegressed, type SignalName, type TrendAnswerSeries } from './trend-plot.js';

export interface TrendGroup {
  readonly id: string;
  readonly name: string;
  readonly machine: string;
  readonly target: string;
  readonly model: string;
  readonly workload: string;
  readonly series: readonly TrendAnswerSeries[];
  /** The figures that became worse in any of its tests. */
  readonly worse: readonly SignalName[];
}

/** Those that became worse first, then as they ran, the newest first. */
export function trendGroups(series: readonly TrendAnswerSeries[]): TrendGroup[] {
  const groups = new Map<string, TrendAnswerSeries[]>();
  // That of the newest run comes last in the answer.
  for (const one of series.toReversed()) {
    const { machine_id: machine, target, model, workload_version: workload } = one.series;
    const id = JSON.stringify([machine, target, model, workload]);
    groups.set(id, [one, ...(groups.get(id) ?? [])]);
  }
  return [...groups]
    .flatMap(([id, own]) => (own[0] === undefined ? [] : [groupOf(id, own, own[0])]))
    .toSorted((a, b) => Number(b.worse.length > 0) - Number(a.worse.length > 0));
}

function groupOf(id: string, series: readonly TrendAnswerSeries[], first: TrendAnswerSeries): TrendGroup {
  const { machine_id: machine, target, model, workload_version } = first.series;
  const workload = String(workload_version);
  const signals = series.flatMap((one) => one.signals.filter((signal) => isRegressed({ signals: [signal] })));
  const worse = [...new Set(signals.map(({ signal }) => signal))];
  return { id, name: `${model} on ${target} (workload ${workload})`, machine, target, model, workload, series, worse };
}

/** The one that an address names, as far as it does: of several the first; the first of all where it names none. */
export function chosenGroup(groups: readonly TrendGroup[], choices: URLSearchParams): TrendGroup | undefined {
  const isNamed = (group: TrendGroup) =>
    (['machine', 'target', 'model', 'workload'] as const).every(
      (name) => (choices.get(name) ?? group[name]) === group[name],
    );
  return groups.find(isNamed) ?? groups[0];
}

/** The figure to begin with: the first that became worse, else the decode speed. */
export function firstSignal({ worse }: Pick<TrendGroup, 'worse'>): SignalName {
  return worse.includes('decode_speed') ? 'decode_speed' : (worse[0] ?? 'decode_speed');
}
