/** The benchmark series that `/metrics` shows: what was measured last of every test, and what of it still holds. */
import type { RequestError } from '../../benchmark/client/failure.js';
import type { BenchmarkMode } from '../../benchmark/plan.js';
import type { BenchmarkResult, TestResult } from '../../benchmark/result.js';
import { SERVER_DOWN } from '../../benchmark/skip-reason.js';
import type { MetricLabels } from '../sample.js';
import { Lifetimes } from './lifetimes.js';
import { type Measured, measuredIn, measuredInRow, type RestoredRow } from './measured.js';
import { RequestCounts } from './request-counts.js';
import { configuredLabels, type SeriesIdentity, seriesLabels } from './series-labels.js';
import { type StaleSettings, staleAtMs } from './stale.js';

export interface SeriesSettings extends StaleSettings {
  /** None: whatever was measured is shown. */
  readonly targets: readonly {
    readonly name: string;
    /** That all series of the target have besides. */
    readonly labels?: Readonly<Record<string, string>> | undefined;
  }[];
}

/** What a run measures, before anything is measured. */
export interface PlannedRun {
  readonly target: string;
  readonly server: string;
  readonly model: string;
  readonly mode: BenchmarkMode;
}

export type PlannedTest = Pick<SeriesIdentity, 'testId'> & { readonly category: string; readonly ctxSize: number };

/** A run as it was asked for. */
export interface AskedRun {
  readonly target: string;
  /** `undefined` where none was asked for, or the run failed before one was chosen. */
  readonly model: string | undefined;
  readonly mode: BenchmarkMode;
}

export interface FailedAttempt extends AskedRun {
  readonly at: Date;
}

interface Attempt {
  readonly atMs: number;
  /** Attempts up to this one that failed in a row; 0: it succeeded. */
  readonly failures: number;
}

interface State {
  /** As it was heard of last: of a model that is a path, its labels have the file's name alone. */
  identity: SeriesIdentity;
  readonly labels: MetricLabels;
  /** With what the configuration adds; the same object as long as that adds the same, so that its text is made once. */
  shown: { readonly added: string; readonly labels: MetricLabels } | undefined;
  readonly counts: RequestCounts;
  /** The modes of the runs that it was a part of. */
  readonly modes: Set<string>;
  /** When it was heard of last, in milliseconds since the epoch. */
  seenAtMs: number;
  attempt: Attempt | undefined;
  good: { readonly atMs: number; readonly measured: Measured } | undefined;
}

/** A series as it is shown. Times in milliseconds since the epoch. */
export interface VisibleSeries extends Pick<State, 'identity' | 'labels' | 'counts' | 'attempt'> {
  /** `undefined` where the last good run is stale, or there was none. */
  readonly measured: Measured | undefined;
  readonly lastSuccessAtMs: number | undefined;
}

interface Visible {
  readonly series: readonly VisibleSeries[];
  readonly settings: SeriesSettings;
  readonly fromMs: number;
  /** When the next one becomes stale. */
  readonly untilMs: number;
}

/** Of one target, those heard of last; some twenty tests of ten models. */
export const MOST_SERIES_PER_TARGET = 200;
/** Of all targets together. */
export const MOST_SERIES = 2000;

export class BenchmarkSeries {
  readonly #settings: () => SeriesSettings;
  readonly #now: () => Date;
  /** By labels; the one heard of last is last. */
  readonly #states = new Map<string, State>();
  #visible: Visible | undefined;
  #dropped = 0;

  constructor(settings: () => SeriesSettings, now: () => Date) {
    this.#settings = settings;
    this.#now = now;
  }

  /** Series that were given up because there were too many. */
  get dropped(): number {
    return this.#dropped;
  }

  /** A run begins: its series are known, and their counters stand at 0 before the first request. */
  expect(run: PlannedRun, tests: readonly PlannedTest[]): void {
    const atMs = this.#now().getTime();
    for (const test of tests) this.#touch({ ...test, ...serverOf(run) }, run.mode, atMs);
    this.#changed();
  }

  /** A run was recorded. */
  observe(result: BenchmarkResult): void {
    for (const test of result.benchmarks) this.#take(result, test).counts.add(test);
    this.#failUnreached(result);
    this.#changed();
  }

  /** A run was recorded by an agent before this one: its requests are not counted again. */
  restore(result: BenchmarkResult): void {
    for (const test of result.benchmarks) this.#take(result, test);
    this.#failUnreached(result);
    this.#changed();
  }

  /** A row of a run of which nothing else is left. Rows of older versions do not know the kind of their server. */
  restoreRow(row: RestoredRow, server: string | undefined): void {
    const atMs = Date.parse(row.run_at);
    const { target, model, test_id: testId } = row;
    const category = row.category ?? undefined;
    const identity = { target, server, model, testId, category, ctxSize: row.ctx_size ?? undefined };
    const state = this.#touch(identity, row.mode ?? undefined, atMs);
    state.attempt = { atMs, failures: 0 };
    state.good = { atMs, measured: measuredInRow(row) };
    this.#changed();
  }

  /** Requests of a run that came to nothing and is not recorded. */
  countRequests(run: PlannedRun, tests: readonly TestResult[]): void {
    const atMs = this.#now().getTime();
    for (const test of tests) this.#touch(identityOf(run, test), run.mode, atMs).counts.add(test);
    this.#changed();
  }

  /** A run failed as a whole: so did every series that runs of its mode are known to measure. */
  fail(attempt: FailedAttempt): void {
    for (const state of this.#measuredBy(attempt)) this.#failed(state, attempt.mode, attempt.at.getTime());
    this.#changed();
  }

  /** A run could not begin: the server of every series that it was to measure failed with `error`. */
  countUnbegun(run: AskedRun, error: RequestError): void {
    for (const { counts } of this.#measuredBy(run)) counts.addUnbegun(error);
    this.#changed();
  }

  /** A server that went away has failed the tests that were to come as well. Those left out on purpose it has not. */
  #failUnreached(result: BenchmarkResult): void {
    const { target, model, mode, finished_at, skipped } = result;
    const unreached = new Set(skipped.flatMap(({ test_id, reason }) => (reason === SERVER_DOWN ? [test_id] : [])));
    for (const state of this.#measuredBy({ target, model, mode })) {
      if (unreached.has(state.identity.testId)) this.#failed(state, mode, Date.parse(finished_at));
    }
  }

  #failed({ identity, attempt: last }: State, mode: BenchmarkMode, atMs: number): void {
    // At a restart failures come after the good runs. An attempt that lies ahead came from a clock that was wrong.
    if (last !== undefined && last.atMs > atMs && last.atMs <= this.#now().getTime()) return;
    this.#touch(identity, mode, atMs).attempt = { atMs, failures: (last?.failures ?? 0) + 1 };
  }

  #measuredBy({ target, model, mode }: AskedRun): readonly State[] {
    return [...this.#states.values()].filter(
      ({ identity, modes }) =>
        identity.target === target && (model === undefined || identity.model === model) && modes.has(mode),
    );
  }

  /** Whether a result of then would be shown now. */
  isCurrent(target: string, at: Date): boolean {
    return isCurrent(target, at.getTime(), this.#settings(), this.#now().getTime());
  }

  /** Whether a result of then would be shown now if it were of some target. */
  couldBeCurrent(at: Date): boolean {
    const settings = this.#settings();
    const names = settings.targets.length === 0 ? [''] : settings.targets.map(({ name }) => name);
    return names.some((name) => this.#now().getTime() < staleAtMs(name, at.getTime(), settings));
  }

  /** The same frozen array as before where nothing has changed. */
  visible(): readonly VisibleSeries[] {
    const nowMs = this.#now().getTime();
    const settings = this.#settings();
    const known = this.#visible;
    if (known?.settings === settings && known.fromMs <= nowMs && nowMs < known.untilMs) return known.series;
    this.#visible = this.#look(settings, nowMs);
    return this.#visible.series;
  }

  #look(settings: SeriesSettings, nowMs: number): Visible {
    const lifetimes = new Lifetimes(settings, nowMs);
    const added = addedLabels(settings);
    const series: VisibleSeries[] = [];
    for (const state of this.#states.values()) {
      const { identity, counts, attempt, good } = state;
      const labels = shownLabels(state, added.get(identity.target));
      if (!isExported(identity.target, settings) || !lifetimes.holds(identity.target, state.seenAtMs)) continue;
      const isGood = good !== undefined && lifetimes.holds(identity.target, good.atMs);
      const measured = isGood ? good.measured : undefined;
      series.push({ identity, labels, counts, attempt, measured, lastSuccessAtMs: good?.atMs });
    }
    return { series: Object.freeze(series), settings, fromMs: nowMs, untilMs: lifetimes.untilMs };
  }

  #take(result: BenchmarkResult, test: TestResult): State {
    const { target, model, mode } = result;
    const atMs = Date.parse(result.finished_at);
    const identity = identityOf({ target, model, server: result.server.kind }, test);
    const state = this.#touch(identity, mode, atMs);
    const success = test.successful_runs > 0;
    state.attempt = { atMs, failures: success ? 0 : (state.attempt?.failures ?? 0) + 1 };
    if (success) state.good = { atMs, measured: measuredIn(test, result) };
    return state;
  }

  /** The series' state, moved to the end. */
  #touch(identity: SeriesIdentity, mode: string | undefined, atMs: number): State {
    const labels = seriesLabels(identity);
    const key = keyOf(labels);
    const known = this.#states.get(key);
    this.#states.delete(key);
    const state: State = known ?? {
      identity,
      labels,
      shown: undefined,
      counts: new RequestCounts(),
      modes: new Set(),
      seenAtMs: atMs,
      attempt: undefined,
      good: undefined,
    };
    state.identity = identity;
    state.seenAtMs = atMs;
    if (mode !== undefined) state.modes.add(mode);
    this.#states.set(key, state);
    if (known === undefined) this.#makeRoom(identity.target);
    return state;
  }

  #makeRoom(target: string): void {
    const ofTarget = [...this.#states].filter(([, { identity }]) => identity.target === target);
    const [oldestOfTarget] = ofTarget;
    const [oldest] = this.#states.keys();
    const excess = ofTarget.length > MOST_SERIES_PER_TARGET ? oldestOfTarget?.[0] : undefined;
    const key = excess ?? (this.#states.size > MOST_SERIES ? oldest : undefined);
    if (key === undefined) return;
    this.#states.delete(key);
    this.#dropped += 1;
  }

  #changed(): void {
    this.#visible = undefined;
  }
}

function isCurrent(target: string, seenAtMs: number, settings: SeriesSettings, nowMs: number): boolean {
  return isExported(target, settings) && new Lifetimes(settings, nowMs).holds(target, seenAtMs);
}

function isExported(target: string, { targets }: SeriesSettings): boolean {
  return targets.length === 0 || targets.some(({ name }) => name === target);
}

/** What the configuration adds to the series of each target that it gives labels. */
function addedLabels({ targets }: SeriesSettings): ReadonlyMap<string, Readonly<Record<string, string>>> {
  return new Map(
    targets.flatMap(({ name, labels = {} }) => (Object.keys(labels).length === 0 ? [] : [[name, labels]])),
  );
}

function shownLabels(state: State, added: Readonly<Record<string, string>> | undefined): MetricLabels {
  if (added === undefined) return state.labels;
  const key = JSON.stringify(added);
  if (state.shown?.added !== key) state.shown = { added: key, labels: { ...configuredLabels(added), ...state.labels } };
  return state.shown.labels;
}

function serverOf({ target, server, model }: Omit<PlannedRun, 'mode'>) {
  return { target, server, model };
}

function identityOf(run: Omit<PlannedRun, 'mode'>, test: TestResult): SeriesIdentity {
  return { ...serverOf(run), testId: test.test_id, category: test.category, ctxSize: test.ctx_size };
}

function keyOf(labels: MetricLabels): string {
  return JSON.stringify(Object.values(labels));
}
