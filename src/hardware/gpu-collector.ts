/** Finds the GPUs, keeps their readings coming, and knows when they do not. */

import type { Clock } from '../shared/clock.js';
import type { GpuVendor } from '../shared/gpu-vendor.js';
import { CollectorHealth, type CollectorState } from './collector-health.js';
import { type CardIdentity, cardName, GpuCards, type WindowCard } from './gpu-cards.js';
import type { GpuSample } from './gpu-sample.js';
import type { GpuProcess, GpuReadings, GpuSearch, GpuSource, GpuTrouble } from './gpu-source.js';

export interface GpuCollectorOptions {
  /** Asked at the first demand, and again as long as something cannot be read that should be. */
  readonly findGpuSource: () => Promise<GpuSearch>;
  readonly clock: Clock;
  readonly now: () => Date;
  /** Told in words when readings stop, once until they are back, and when they are. */
  readonly note: (message: string) => void;
}

/** How it stands with the readings of the GPUs. */
export interface GpuHealth {
  /** One for each vendor whose GPUs should be readable; none on a machine without GPUs. */
  readonly collectors: readonly CollectorState[];
  /** Cards that have been read since the start, without those that were replaced. */
  readonly expected: number;
  /** Those of them that answer now; `undefined` while nobody has asked for readings, or the first is on its way. */
  readonly seen: number | undefined;
  /** All that is wrong, in sentences. */
  readonly problems: readonly string[];
}

const STALE_INTERVALS = 3;
const LEAST_STALE_MS = 2000;
/** Without a reading for so long the driver does not answer. */
const LEAST_SILENCE_MS = 10_000;
/** A tool that is started anew needs some seconds for its first reading, more where the driver was asleep. */
const START_GRACE_MS = 15_000;
/** A driver that comes back is then read within a minute. */
const LOOK_AGAIN_MS = 45_000;
/** Whoever prepares a benchmark waits no longer for a tool that hangs. */
const SEARCH_PATIENCE_MS = 5000;

/** A tool that ends after each reading of a card that is left is started again more often than that. */
const CALM_MS = 20_000;

interface Run {
  readonly intervalMs: number;
  readonly startedMs: number;
  source: GpuSource | undefined;
  readings: GpuReadings | undefined;
  /** When the readings began last. */
  lifeFromMs: number;
  /** Whether they have brought anything since. */
  hasRead: boolean;
  cancelLook: () => void;
}

export class GpuCollector {
  readonly #options: GpuCollectorOptions;
  readonly #cards = new GpuCards();
  readonly #health: CollectorHealth;
  #search: Promise<GpuSearch> | undefined;
  #searchedAtMs = 0;
  #found: GpuSearch | undefined;
  #isHanging = false;
  #run: Run | undefined;
  #toldMissing: readonly string[] = [];

  constructor(options: GpuCollectorOptions) {
    this.#options = options;
    this.#health = new CollectorHealth(options);
  }

  /** What was found on this machine; looks when nothing has asked before. */
  search(): Promise<GpuSearch> {
    return this.#search ?? this.#look();
  }

  /** Looks anew where nothing was found: a driver may load later. */
  lookAgain(): void {
    if (this.#found === undefined || this.#found.state === 'found' || this.#isHanging) return;
    void this.#look().then((found) => this.#begin(found));
  }

  /** Reads every `intervalMs` from now on, in place of what was read before; `undefined` for not at all. */
  read(intervalMs: number | undefined): void {
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    this.flush();
    if (this.#run !== undefined) {
      this.#cards.end(nowMs, this.#resting());
      this.#run.readings?.stop();
      this.#run.cancelLook();
      this.#run = undefined;
    }
    if (intervalMs === undefined) return;
    this.#cards.begin(nowMs, nowMs + START_GRACE_MS);
    this.#run = {
      intervalMs,
      startedMs: nowMs,
      source: undefined,
      readings: undefined,
      lifeFromMs: nowMs,
      hasRead: false,
      cancelLook: () => undefined,
    };
    this.#lookLater(this.#run);
    void this.search().then((found) => this.#begin(found));
  }

  flush(): void {
    this.#run?.readings?.flush();
  }

  /** The newest reading of each card, without those too old to be called current. */
  latest(): readonly GpuSample[] {
    if (this.#run === undefined) return [];
    this.flush();
    this.#noteMissing();
    return this.#cards.current(this.#nowMs);
  }

  health(): GpuHealth {
    this.latest();
    const collectors = this.#health.states((vendor) => this.#isUp(vendor));
    const isUp = collectors.some((collector) => collector.isUp === true);
    const isDown = collectors.some((collector) => collector.isUp === false);
    const missing = this.#missing();
    const seen = this.#cards.expected - missing.length;
    return {
      collectors,
      expected: this.#cards.expected,
      seen: isUp || isDown ? seen : undefined,
      problems: [
        ...collectors.flatMap(({ vendor, isUp: answers, problem }) =>
          problem === undefined && answers === false ? [`The ${vendor} GPUs are not read.`] : (problem ?? []),
        ),
        ...(isUp ? [...missing.map(missingWords), ...this.#complaints()] : []),
      ],
    };
  }

  /** The cards with their samples from `fromMs` to `toMs`, those that do not answer included. */
  cut(fromMs: number, toMs: number): readonly WindowCard[] {
    return this.#cards.cut(fromMs, toMs, this.#resting());
  }

  /** Whether every card that answers was read at `ms` or later; true as well where no further reading will come. */
  isReadSince(ms: number): boolean {
    if (this.#run === undefined) return true;
    this.flush();
    if (this.#found?.state === 'unreadable' || this.#found?.state === 'absent') return true;
    if (this.#found !== undefined && this.#health.isDown(this.#found.source.vendor)) return true;
    return this.#cards.areReadSince(ms, this.#nowMs) ?? false;
  }

  /** Processes with memory on the GPUs; `undefined` where it cannot be told, or not soon. */
  async processes(): Promise<readonly GpuProcess[] | undefined> {
    const search = this.search();
    const found = await this.#before(this.#searchedAtMs + SEARCH_PATIENCE_MS, search);
    if (found?.state !== 'found' || this.#health.isDown(found.source.vendor)) return undefined;
    return found.source.processes();
  }

  get #nowMs(): number {
    return this.#options.clock.nowMs();
  }

  #look(): Promise<GpuSearch> {
    this.#searchedAtMs = this.#nowMs;
    const search = this.#options.findGpuSource().then((found) => {
      this.#keepSearch(found);
      return found;
    });
    this.#search = search;
    return search;
  }

  #keepSearch(found: GpuSearch): void {
    this.#found = found;
    const problems = found.problems ?? [];
    const vendor = found.state === 'found' ? [found.source.vendor] : [];
    this.#health.forgetAllBut([...problems.map((problem) => problem.vendor), ...vendor]);
    for (const each of vendor) this.#health.expect(each);
    for (const problem of problems) this.#health.failed(problem.vendor, problem.words, true);
    if (found.state !== 'unreadable' || found.hanging === undefined) return;
    // Another look would hang as well, and leave one more process behind.
    this.#isHanging = true;
    void found.hanging.then(() => {
      this.#isHanging = false;
    });
  }

  /** Starts the readings of what was found, unless they run. */
  #begin(found: GpuSearch): void {
    const run = this.#run;
    if (run === undefined || found.state !== 'found' || run.source === found.source) return;
    run.readings?.stop();
    run.source = found.source;
    run.lifeFromMs = this.#nowMs;
    run.hasRead = false;
    this.#cards.keepOnly(found.source.vendor);
    const { vendor } = found.source;
    run.readings = found.source.start(run.intervalMs, {
      onSamples: (samples) => this.#keep(run, vendor, samples),
      onTrouble: (trouble) => this.#suffer(run, vendor, trouble),
    });
  }

  #keep(run: Run, vendor: GpuVendor, samples: readonly GpuSample[]): void {
    const newest = samples.at(-1);
    if (newest === undefined) return;
    run.hasRead = true;
    this.#cards.keep(samples, staleAfterMs(run.intervalMs));
    const hasLasted = this.#nowMs - run.lifeFromMs >= CALM_MS;
    if (hasLasted && !this.#cards.areSettled) this.#settle();
    const isCalm = hasLasted && this.#cards.areAllReadAfter(run.lifeFromMs);
    this.#health.succeeded(vendor, newest.atMs, isCalm);
    this.#noteMissing();
  }

  #settle(): void {
    for (const { gone, come } of this.#cards.settle(this.#nowMs, this.#resting())) {
      this.#options.note(`${cardName(come)} has come in the place of ${cardName(gone)}`);
    }
  }

  #suffer(run: Run, vendor: GpuVendor, { words, retryInMs }: GpuTrouble): void {
    // After a tool that fell silent what it read last is no longer the present, and does not become it again.
    const goesOn = run.hasRead && this.#cards.current(this.#nowMs).length > 0;
    this.#health.failed(vendor, words, !goesOn);
    if (goesOn) this.#cards.pause(run.intervalMs / 2, this.#nowMs, this.#nowMs + retryInMs + START_GRACE_MS);
    else this.#cards.loseAll();
    run.lifeFromMs = this.#nowMs;
    run.hasRead = false;
  }

  #lookLater(run: Run): void {
    run.cancelLook = this.#options.clock.after(LOOK_AGAIN_MS, () => {
      this.#lookLater(run);
      if (this.#needsLook()) void this.#look().then((found) => this.#begin(found));
    });
  }

  #needsLook(): boolean {
    if (this.#found === undefined || this.#isHanging) return false;
    if (this.#found.state !== 'found' || (this.#found.problems ?? []).length > 0) return true;
    // A driver that was changed may want another tool, or know other fields.
    return this.#isUp(this.#found.source.vendor) === false || this.#health.isDown(this.#found.source.vendor);
  }

  #isUp(vendor: GpuVendor): boolean | undefined {
    const run = this.#run;
    if (run === undefined) return undefined;
    if (this.#cards.current(this.#nowMs).length > 0) return true;
    const lastMs = this.#health.lastSuccessMs(vendor);
    const silenceMs = Math.max(LEAST_SILENCE_MS, staleAfterMs(run.intervalMs));
    if (lastMs !== undefined && lastMs >= run.startedMs && this.#nowMs - lastMs <= silenceMs) return true;
    return this.#nowMs - Math.max(run.startedMs, run.lifeFromMs) <= 2 * START_GRACE_MS ? undefined : false;
  }

  #missing(): readonly CardIdentity[] {
    return this.#run === undefined ? [] : this.#cards.missing(this.#nowMs, this.#resting());
  }

  #resting(): readonly number[] {
    return this.#run?.readings?.resting?.() ?? [];
  }

  #complaints(): readonly string[] {
    return this.#cards
      .current(this.#nowMs)
      .flatMap((sample) => (sample.complaint === undefined ? [] : [`${cardName(sample)}: ${sample.complaint}.`]));
  }

  /** Says once of each card that it is gone, refuses figures, or is back, while others are read. */
  #noteMissing(): void {
    const run = this.#run;
    const vendor = run?.source?.vendor;
    if (run === undefined || vendor === undefined || this.#health.isDown(vendor)) return;
    // A pause in the readings of all is told of none.
    if ((this.#health.lastSuccessMs(vendor) ?? -Infinity) < this.#nowMs - staleAfterMs(run.intervalMs)) return;
    const told = [...this.#missing().map(missingWords), ...this.#complaints()];
    for (const words of told) if (!this.#toldMissing.includes(words)) this.#options.note(words);
    if (told.length === 0 && this.#toldMissing.length > 0) this.#options.note('all GPUs answer again');
    this.#toldMissing = told;
  }

  /** `undefined` where it has not come by then. */
  async #before<T>(ms: number, answer: Promise<T>): Promise<T | undefined> {
    let cancel: () => void = () => undefined;
    const late = new Promise<undefined>((resolve) => {
      cancel = this.#options.clock.after(Math.max(0, ms - this.#nowMs), () => resolve(undefined));
    });
    return Promise.race([answer, late]).finally(() => cancel());
  }
}

/** How long a reading is the present one where they come every `intervalMs`. */
function staleAfterMs(intervalMs: number): number {
  return Math.max(LEAST_STALE_MS, STALE_INTERVALS * intervalMs);
}

function missingWords(card: CardIdentity): string {
  return `${cardName(card)} no longer answers: memory, power and energy of all GPUs together are unknown.`;
}
