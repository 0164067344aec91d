/** What is plotted of each series: its runs, the last ones or those of a time, and what changed between them. */
import type { ChronicleRow } from '../chronicle/row.js';
import { EnvironmentMarks } from './changes/environment-mark.js';
import { type SeriesKey, seriesId } from './series.js';
import { type SignalName, signalNames, signalValue } from './signal.js';

export type SeriesPoint = { readonly run_id: string; readonly run_at: string } & Readonly<
  Record<SignalName, number | null>
>;

export interface PointSelection {
  /** Of each series at most. */
  readonly points: number;
  /** In milliseconds since 1970. Without any, the last ones. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Of many runs in a stretch of time, the one with the middle value of this stands for them. */
  readonly signal: SignalName;
}

interface OrderedPoint {
  readonly atMs: number;
  readonly point: SeriesPoint;
}

/** Takes rows in the chronicle's order; holds no more of them than is plotted. */
export class SeriesPoints {
  readonly #selection: PointSelection;
  readonly #series: Map<string, OrderedPoint[]>;
  readonly #marks = new EnvironmentMarks();

  constructor(series: readonly SeriesKey[], selection: PointSelection) {
    this.#selection = selection;
    this.#series = new Map(series.map((key) => [seriesId(key), []]));
  }

  fold(row: ChronicleRow): void {
    const points = this.#series.get(seriesId(row));
    if (points === undefined) return;
    const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = this.#selection;
    const atMs = Date.parse(row.run_at);
    // What was there before the time is what the first run in it is compared with.
    this.#marks.fold(row);
    if (atMs >= fromMs && atMs <= toMs) points.push({ atMs, point: pointOf(row) });
  }

  /** Oldest first, and of how many runs. */
  of(key: SeriesKey): { readonly points: readonly SeriesPoint[]; readonly runs: number } {
    const all = this.#series.get(seriesId(key)) ?? [];
    const { points: most, fromMs, toMs, signal } = this.#selection;
    if (most === 0) return { points: [], runs: all.length };
    const chosen = fromMs === undefined && toMs === undefined ? all.slice(-most) : thinned(all, most, signal);
    return { points: chosen.map(({ point }) => point), runs: all.length };
  }

  /** What changed among the runs that are plotted, oldest first. */
  marks(plotted: readonly SeriesPoint[]): ReturnType<EnvironmentMarks['between']> {
    const times = plotted.map(({ run_at: at }) => Date.parse(at));
    const { fromMs = Math.min(...times), toMs = Math.max(...times) } = this.#selection;
    return this.#marks.between(fromMs, toMs);
  }
}

function pointOf(row: ChronicleRow): SeriesPoint {
  const values = signalNames.map((name) => [name, signalValue(row, name) ?? null] as const);
  return {
    run_id: row.run_id,
    run_at: row.run_at,
    ...(Object.fromEntries(values) as Record<SignalName, number | null>),
  };
}

/** One run of each stretch of equal length: the one with the middle value, so that neither luck nor a hiccup stands for many. */
function thinned(points: readonly OrderedPoint[], most: number, signal: SignalName): OrderedPoint[] {
  const ordered = points.toSorted((a, b) => a.atMs - b.atMs);
  const [first, last] = [ordered[0], ordered.at(-1)];
  if (ordered.length <= most || first === undefined || last === undefined) return ordered;
  const stretchMs = (last.atMs - first.atMs + 1) / most;
  const stretches = new Map<number, OrderedPoint[]>();
  for (const point of ordered) {
    const stretch = Math.floor((point.atMs - first.atMs) / stretchMs);
    const known = stretches.get(stretch);
    if (known === undefined) stretches.set(stretch, [point]);
    else known.push(point);
  }
  return [...stretches.values()].flatMap((stretch) => middleOf(stretch, signal) ?? []);
}

function middleOf(stretch: readonly OrderedPoint[], signal: SignalName): OrderedPoint | undefined {
  const known = stretch.filter(({ point }) => point[signal] !== null);
  const from = known.length === 0 ? stretch : known;
  const ordered = from.toSorted((a, b) => (a.point[signal] ?? 0) - (b.point[signal] ?? 0));
  return ordered[Math.floor((ordered.length - 1) / 2)];
}
