/** The judged state of every series: folds finished runs in, answers with verdicts and trends. */
import * as z from 'zod';
import type { ChronicleRow } from '../chronicle/row.js';
import { DAY_MS } from '../shared/units.js';
import { type BaselineReset, baselineResetSchema, isDismissal } from './baseline-reset.js';
import { type EnvironmentSnapshot, environmentOfRow } from './changes/environment-snapshot.js';
import { likelyCauseOf } from './changes/likely-cause.js';
import { type Change, whatChanged } from './changes/what-changed.js';
import { emptyHistory, type History } from './history.js';
import type { TrendOptions, Verdict } from './regression.js';
import { initialState, type LikelyCause, type Regression, samplesOf } from './regression-state.js';
import { type DatedRow, dated, inOrder, type SeriesKey, seriesId, seriesKeyOf } from './series.js';
import { afterModelFile, afterWord, isConcerned } from './series-reset.js';
import { type SignalName, signalNames, signals, signalValue } from './signal.js';
import { judgeSignal, levelChangeOf, type SignalJudgement, type SignalRecord, withFirstRun } from './signal-judging.js';
import { type SeriesRecord, seriesRecordSchema, type Trend, trendOf } from './trend.js';

export const trendBookSchema = z.object({
  version: z.literal(1),
  series: z.array(seriesRecordSchema),
  resets: z.array(baselineResetSchema),
});
/** A book as it is kept on disk, so that a baseline frozen months ago outlives a restart. */
export type TrendBookSnapshot = z.infer<typeof trendBookSchema>;

export interface TrendBookSettings {
  readonly options: TrendOptions;
  /** Whether a model is the reference model, which tells a slow machine from a slow server. */
  readonly isReferenceModel: (model: string) => boolean;
}

/** What one run means for one signal of one series. */
export interface SignalVerdict {
  readonly series: SeriesKey;
  readonly signal: SignalName;
  readonly runId: string;
  readonly at: string;
  readonly verdict: Verdict;
}

interface Entry {
  record: SeriesRecord;
  /** Of the last runs, by run id: not kept on disk, where the runs' own results are. */
  readonly environments: Map<string, EnvironmentSnapshot>;
  answered?: { readonly record: SeriesRecord; readonly day: number; readonly trend: Trend };
}

/** A machine that tries many models must not fill its memory; the series not seen for longest go first. */
const MOST_SERIES = 2000;
/** More than a state remembers runs. */
const KEPT_ENVIRONMENTS = 64;

export class TrendBook {
  readonly #settings: TrendBookSettings;
  readonly #entries = new Map<string, Entry>();
  #resets: readonly BaselineReset[];

  constructor(settings: TrendBookSettings, snapshot?: TrendBookSnapshot) {
    this.#settings = settings;
    this.#resets = snapshot?.resets ?? [];
    for (const record of snapshot?.series ?? []) {
      this.#entries.set(seriesId(record.series), { record, environments: new Map() });
    }
  }

  get settings(): TrendBookSettings {
    return this.#settings;
  }

  /** Whether nothing was ever judged in it. */
  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** Judges the rows of finished runs in the order given, which is that of their finishing. */
  judge(rows: Iterable<ChronicleRow>, now: Date): SignalVerdict[] {
    return [...this.#fold(dated(rows, now))];
  }

  /**
   * Judges those rows of the chronicle that are newer than what the book has seen of their series, in the order of
   * their times: after a restart the chronicle's tail, for a book without a snapshot all of it. Answers only where a
   * level changed: verdicts on years of steady runs would fill the memory.
   */
  catchUp(rows: Iterable<ChronicleRow>, now: Date): SignalVerdict[] {
    const seen = new Map([...this.#entries].map(([id, { record }]) => [id, record.last_run_at]));
    const verdicts = this.#fold(inOrder(dated(rows, now)), (id, { record }, at) => {
      // What came before a reset belongs to a normal that the user has ended.
      return at <= (seen.get(id) ?? '') || at < (record.reset?.at ?? '');
    });
    const changes: SignalVerdict[] = [];
    for (const verdict of verdicts) if (levelChangeOf(verdict.verdict) !== undefined) changes.push(verdict);
    return changes;
  }

  /**
   * Ends the regressions of the series it concerns and, but for a dismissal, forgets their baselines. Answers how many
   * series those are: of a dismissal those that were regressed.
   */
  reset(reset: BaselineReset): number {
    // In one format, texts of times sort as the times do.
    const mark = { ...reset, at: new Date(reset.at).toISOString() };
    this.#resets = [...this.#resets, mark];
    const entries = [...this.#entries.values()].filter(({ record }) => isConcerned(record, mark));
    for (const entry of entries) entry.record = afterWord(entry.record, mark);
    return entries.length;
  }

  /** Of how many series a reset would end or forget anything. */
  concernedBy(reset: BaselineReset): number {
    return [...this.#entries.values()].filter(({ record }) => isConcerned(record, reset)).length;
  }

  /** Replaces what is known of the causes of an active regression. False where there is none. */
  explain(key: SeriesKey, signal: SignalName, changes: readonly Change[]): boolean {
    const entry = this.#entries.get(seriesId(key));
    const state = entry?.record.signals[signal]?.state;
    if (entry === undefined || state?.status !== 'regressed') return false;
    this.#update(entry, signal, { state: { ...state, regression: { ...state.regression, changes: [...changes] } } });
    return true;
  }

  /** Whether the run is among the last ones of the row's series that were seen since the book was opened. */
  knows(row: ChronicleRow): boolean {
    return this.#entries.get(seriesId(row))?.environments.has(row.run_id) ?? false;
  }

  /** The active regression of a signal, as it is known now. */
  regression(key: SeriesKey, signal: SignalName): Regression | undefined {
    const state = this.#entries.get(seriesId(key))?.record.signals[signal]?.state;
    return state?.status === 'regressed' ? state.regression : undefined;
  }

  /** Every series, that of the newest run last. Computed once for a run and a day, then remembered. */
  trends(now: Date): Trend[] {
    const day = Math.floor(now.getTime() / DAY_MS);
    return [...this.#entries.values()].map((entry) => {
      const { record, answered } = entry;
      if (answered?.record === record && answered.day === day) return answered.trend;
      const trend = trendOf(record, this.#settings.options, now);
      entry.answered = { record, day, trend };
      return trend;
    });
  }

  /** A signal's year in daily medians; `undefined` where the series has none. */
  history(key: SeriesKey, signal: SignalName): History | undefined {
    return this.#entries.get(seriesId(key))?.record.signals[signal]?.history;
  }

  snapshot(): TrendBookSnapshot {
    return {
      version: 1,
      series: [...this.#entries.values()].map(({ record }) => record),
      resets: [...this.#resets],
    };
  }

  *#fold(
    rows: Iterable<DatedRow>,
    isOld?: (id: string, entry: Entry, at: string) => boolean,
  ): Generator<SignalVerdict> {
    for (const { row, at } of rows) {
      // What it answers is judged elsewhere, and it has no speed.
      if (row.category === 'canary') continue;
      const id = seriesId(row);
      const entry = this.#entryOf(id, row, at);
      const isKnown = entry.environments.has(row.run_id);
      remember(entry, row);
      this.#applyResets(entry, at);
      // A clock that was ahead for a while has left times behind that later runs have not reached yet.
      if (isOld !== undefined && (isKnown || isOld(id, entry, at))) continue;
      entry.record = afterModelFile(entry.record, row, at);
      const judged = this.#judgeRow(entry, row, at);
      // Decided while the reference model's runs before the change are still remembered.
      const isTold = judged.some(({ verdict }) => verdict.kind === 'started');
      if (isTold || this.#settings.isReferenceModel(row.model)) this.#findLikelyCauses(row.machine_id);
      yield* judged;
    }
  }

  /** The series' entry, moved to the end: the map's order is that of their last runs. */
  #entryOf(id: string, row: ChronicleRow, at: string): Entry {
    const known = this.#entries.get(id);
    this.#entries.delete(id);
    const entry = known ?? {
      record: {
        series: seriesKeyOf(row),
        model_file: null,
        runs: 0,
        last_run_at: at,
        reset: null,
        dismissed: null,
        first_runs: [],
        signals: {},
      },
      environments: new Map<string, EnvironmentSnapshot>(),
    };
    this.#entries.set(id, entry);
    const [oldest] = this.#entries.keys();
    if (oldest !== undefined && this.#entries.size > MOST_SERIES) this.#entries.delete(oldest);
    return entry;
  }

  #applyResets(entry: Entry, at: string): void {
    for (const reset of this.#resets) {
      const { reset: last, dismissed } = entry.record;
      const isDue = reset.at <= at && reset.at > ((isDismissal(reset) ? dismissed : last)?.at ?? '');
      if (isDue && isConcerned(entry.record, reset)) entry.record = afterWord(entry.record, reset);
    }
  }

  #judgeRow(entry: Entry, row: ChronicleRow, at: string): SignalVerdict[] {
    const { series } = entry.record;
    const first_runs = [...withFirstRun(entry.record.first_runs, { run_id: row.run_id, at })];
    entry.record = { ...entry.record, first_runs };
    const verdicts = signalNames.flatMap((signal): SignalVerdict[] => {
      const value = signalValue(row, signal);
      if (value === undefined) return [];
      const known = entry.record.signals[signal] ?? { state: initialState, history: emptyHistory };
      const sample = { run_id: row.run_id, at, value };
      const context = {
        signal: signals[signal],
        options: this.#settings.options,
        resetAt: entry.record.reset?.at,
        firstRuns: entry.record.first_runs,
      };
      const { record, verdict } = explained(judgeSignal(known, sample, context), entry.environments);
      if (verdict.kind !== 'ignored') this.#update(entry, signal, record);
      return [{ series, signal, runId: row.run_id, at, verdict }];
    });
    if (verdicts.some(({ verdict }) => verdict.kind !== 'ignored')) {
      entry.record = { ...entry.record, runs: entry.record.runs + 1, last_run_at: at };
    }
    return verdicts;
  }

  #update(entry: Entry, signal: SignalName, fields: Partial<SignalRecord>): void {
    const known = entry.record.signals[signal] ?? { state: initialState, history: emptyHistory };
    entry.record = { ...entry.record, signals: { ...entry.record.signals, [signal]: { ...known, ...fields } } };
  }

  #findLikelyCauses(machineId: string): void {
    for (const entry of this.#entries.values()) {
      if (entry.record.series.machine_id !== machineId) continue;
      for (const signal of signalNames) {
        const state = entry.record.signals[signal]?.state;
        if (state?.status !== 'regressed' || state.regression.culprit !== null) continue;
        const culprit = this.#likelyCauseFor(entry.record.series, signal, state.regression);
        if (culprit === undefined) continue;
        this.#update(entry, signal, { state: { ...state, regression: { ...state.regression, culprit } } });
      }
    }
  }

  #likelyCauseFor(key: SeriesKey, signal: SignalName, regression: Regression): LikelyCause | undefined {
    const { isReferenceModel } = this.#settings;
    // The same file every time: it is the machine, unless its server is another one.
    if (isReferenceModel(key.model)) return hasOtherServer(regression) ? undefined : 'machine';
    const references = [...this.#entries.values()].flatMap(({ record }) => {
      const isReference = record.series.machine_id === key.machine_id && isReferenceModel(record.series.model);
      const state = isReference ? record.signals[signal]?.state : undefined;
      return state === undefined ? [] : [samplesOf(state)];
    });
    return likelyCauseOf(regression, references);
  }
}

function hasOtherServer({ changes }: Regression): boolean {
  return changes?.some(({ factor }) => factor === 'server' || factor === 'server_version') ?? false;
}

function remember({ environments }: Entry, row: ChronicleRow): void {
  environments.set(row.run_id, environmentOfRow(row));
  const [oldest] = environments.keys();
  if (oldest !== undefined && environments.size > KEPT_ENVIRONMENTS) environments.delete(oldest);
}

/** With what differs between a run before the change and one after it, where both are still remembered. */
function explained(
  { record, verdict }: SignalJudgement,
  environments: ReadonlyMap<string, EnvironmentSnapshot>,
): SignalJudgement {
  const { state } = record;
  if (verdict.kind !== 'started' || state.status !== 'regressed') return { record, verdict };
  const good = environments.get(verdict.regression.before_run_id);
  const bad = environments.get(verdict.regression.after_run_id);
  if (good === undefined || bad === undefined) return { record, verdict };
  const regression = { ...verdict.regression, changes: whatChanged(good, bad) };
  return { record: { ...record, state: { ...state, regression } }, verdict: { ...verdict, regression } };
}

/** What the chronicle alone tells of every series in it, without a book: judges all of its rows. */
export function trendsOf(rows: Iterable<ChronicleRow>, settings: TrendBookSettings, now: Date): Trend[] {
  const book = new TrendBook(settings);
  book.catchUp(rows, now);
  return book.trends(now);
}
