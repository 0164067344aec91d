/** Keeps the readings of the GPUs coming, and knows when they do not. */

import type { GpuVendor } from '../shared/gpu-vendor.js';
import { CollectorHealth, type CollectorState } from './collector-health.js';
import { type CardIdentity, cardName, GpuCards, type WindowCard } from './gpu-cards.js';
import { GpuFinder, type GpuFinderOptions } from './gpu-finder.js';
import type { GpuSample } from './gpu-sample.js';
import type { GpuProcess, GpuReadings, GpuSearch, GpuSource, GpuTrouble } from './gpu-source.js';
import { staleAfterMs } from './time-window.js';

export interface GpuCollectorOptions extends GpuFinderOptions {
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

/** Without a reading for so long the driver does not answer. */
const LEAST_SILENCE_MS = 10_000;
/** A tool that is started anew needs some seconds for its first reading, more where the driver was asleep. */
const START_GRACE_MS = 15_000;
/** A driver that comes back is then read within a minute. */
const LOOK_AGAIN_MS = 45_000;
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
  readonly #finder: GpuFinder;
  #run: Run | undefined;
  #toldMissing: readonly string[] = [];

  constructor(options: GpuCollectorOptions) {
    this.#options = options;
    this.#health = new CollectorHealth(options);
    this.#finder = new GpuFinder(options, this.#health);
  }

  /** What was found on this machine; looks when nothing has asked before. */
  search(): Promise<GpuSearch> {
    return this.#finder.search();
  }

  /** Looks anew where nothing was found: a driver may load later. */
  lookAgain(): void {
    if (this.#finder.hasFoundNone) void this.#finder.look().then((found) => this.#begin(found));
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
    const { found } = this.#finder;
    if (found !== undefined && (found.state !== 'found' || this.#health.isDown(found.source.vendor))) return true;
    return this.#cards.areReadSince(ms, this.#nowMs) ?? false;
  }

  /** Processes with memory on the GPUs; `undefined` where it cannot be told, or not soon. */
  async processes(): Promise<readonly GpuProcess[] | undefined> {
    const found = await this.#finder.searchSoon();
    if (found?.state !== 'found' || this.#health.isDown(found.source.vendor)) return undefined;
    return found.source.processes();
  }

  get #nowMs(): number {
    return this.#options.clock.nowMs();
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
      if (this.#needsLook()) void this.#finder.look().then((found) => this.#begin(found));
    });
  }

  #needsLook(): boolean {
    const { found, isHanging } = this.#finder;
    if (found === undefined || isHanging) return false;
    if (found.state !== 'found' || (found.problems ?? []).length > 0) return true;
    // A driver that was changed may want another tool, or know other fields.
    return this.#isUp(found.source.vendor) === false || this.#health.isDown(found.source.vendor);
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

  /** Cards that do not answer. None in a pause of all of them that is not long enough to say that the driver is silent. */
  #missing(): readonly CardIdentity[] {
    const run = this.#run;
    if (run === undefined) return [];
    if (run.source !== undefined && this.#isPausing(run) && this.#isUp(run.source.vendor) === true) return [];
    return this.#cards.missing(this.#nowMs, this.#resting());
  }

  #isPausing({ source, intervalMs }: Run): boolean {
    if (source === undefined || this.#health.isDown(source.vendor)) return false;
    return (this.#health.lastSuccessMs(source.vendor) ?? -Infinity) < this.#nowMs - staleAfterMs(intervalMs);
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
    if (this.#isPausing(run)) return;
    const told = [...this.#missing().map(missingWords), ...this.#complaints()];
    for (const words of told) if (!this.#toldMissing.includes(words)) this.#options.note(words);
    if (told.length === 0 && this.#toldMissing.length > 0) this.#options.note('all GPUs answer again');
    this.#toldMissing = told;
  }
}

function missingWords(card: CardIdentity): string {
  return `${cardName(card)} no longer answers: memory, power and energy of all GPUs together are unknown.`;
}
