/** The one sampler of this process: reads the hardware while a job runs or somebody scrapes, and not otherwise. */

import type { Clock } from '../shared/clock.js';
import type { GpuSample } from './gpu-sample.js';
import type { GpuProcess, GpuReadings, SourceSearch } from './gpu-source.js';
import type { HostSource } from './host/host.js';
import type { HostSample } from './host/host-sample.js';
import { SampleRing } from './sample-ring.js';
import { longestGapMs, type TimeWindow } from './time-window.js';

export interface SamplerOptions {
  /** Asked at the first demand, and again at a job's start while nothing was found: a driver may load later. */
  readonly findGpuSource: () => Promise<SourceSearch>;
  readonly hostSource: HostSource | undefined;
  /** Between readings while a job runs. */
  readonly intervalMs: number;
  /** Between readings while somebody scrapes and no job runs. */
  readonly idleIntervalMs: number;
  readonly clock: Clock;
}

export interface LiveReadings {
  readonly gpus: readonly GpuSample[];
  readonly host: HostSample | undefined;
}

/** A window's samples and those just outside it, oldest first, by device. */
export interface WindowSamples {
  readonly window: TimeWindow;
  readonly intervalMs: number;
  readonly gpus: readonly (readonly GpuSample[])[];
  readonly host: readonly HostSample[];
}

// An hour at 5 readings a second, longer than any test.
const RING_CAPACITY = 18_000;
// Two missed scrapes of the slowest usual scraper, which comes once a minute.
const LEAST_SCRAPE_LAPSE_MS = 150_000;
const SCRAPE_LAPSE_INTERVALS = 4;
const STALE_INTERVALS = 3;
const LEAST_STALE_MS = 2000;
// Whoever waits for a reading learns of it a quarter of an interval late at most.
const LOOKS_PER_INTERVAL = 4;

interface Running {
  readonly intervalMs: number;
  readonly flush: () => void;
  readonly readHostNow: () => void;
  readonly stop: () => void;
}

export class Sampler {
  readonly #options: SamplerOptions;
  readonly #gpuRings = new Map<number, SampleRing<GpuSample>>();
  readonly #hostRing = new SampleRing<HostSample>(RING_CAPACITY);
  #search: Promise<SourceSearch> | undefined;
  #found: SourceSearch | undefined;
  #jobs = 0;
  #scrapeUntilMs: number | undefined;
  #cancelLapse: () => void = () => undefined;
  #running: Running | undefined;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  /** What was found on this machine; looks when nothing has asked before. */
  search(): Promise<SourceSearch> {
    this.#search ??= this.#options.findGpuSource().then((found) => {
      this.#found = found;
      return found;
    });
    return this.#search;
  }

  /** Reads at the job's interval until the returned function is called; calling it twice does nothing more. */
  startJob(): () => void {
    if (this.#found !== undefined && this.#found.state !== 'found') {
      this.#search = undefined;
      this.#found = undefined;
    }
    this.#jobs += 1;
    this.#adjust();
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#jobs = Math.max(0, this.#jobs - 1);
      this.#adjust();
    };
  }

  /** Somebody reads the live gauges: reads at the idle interval until nobody has come for a while. */
  scraped(): void {
    const { clock, idleIntervalMs } = this.#options;
    const lapseMs = Math.max(LEAST_SCRAPE_LAPSE_MS, SCRAPE_LAPSE_INTERVALS * idleIntervalMs);
    this.#scrapeUntilMs = clock.nowMs() + lapseMs;
    this.#cancelLapse();
    this.#cancelLapse = clock.after(lapseMs, () => {
      this.#scrapeUntilMs = undefined;
      this.#adjust();
    });
    this.#adjust();
  }

  /** The newest reading of each device, without those too old to be called current. */
  latest(): LiveReadings {
    if (this.#running === undefined) return { gpus: [], host: undefined };
    const { intervalMs, flush } = this.#running;
    flush();
    const oldestMs = this.#options.clock.nowMs() - Math.max(LEAST_STALE_MS, STALE_INTERVALS * intervalMs);
    const isCurrent = (sample: { readonly atMs: number } | undefined) =>
      sample !== undefined && sample.atMs >= oldestMs;
    const gpus = this.#gpuIndexes().map((index) => this.#gpuRings.get(index)?.newest);
    const host = this.#hostRing.newest;
    return {
      gpus: gpus.filter((sample) => sample !== undefined).filter(isCurrent),
      host: isCurrent(host) ? host : undefined,
    };
  }

  /** One reading made now, for whoever must know before a job: takes up to `timeoutMs`. */
  async readNow(timeoutMs: number): Promise<LiveReadings> {
    const release = this.startJob();
    try {
      // The second reading: some figures are differences from one to the next.
      await this.#readingsAfter(this.#options.clock.nowMs() + this.#options.intervalMs, timeoutMs);
      return this.latest();
    } finally {
      release();
    }
  }

  /**
   * The samples of a window. Waits for the first reading after its end, which a short window needs, but not for long:
   * a device that has fallen silent does not hold up the result. The processor is read at once: it needs no waiting.
   */
  async cut(window: TimeWindow): Promise<WindowSamples> {
    const { intervalMs } = this.#options;
    const marginMs = longestGapMs(intervalMs);
    if ((this.#hostRing.newest?.atMs ?? window.startMs) < window.endMs) this.#running?.readHostNow();
    await this.#readingsAfter(window.endMs, marginMs);
    const from = window.startMs - marginMs;
    const to = window.endMs + marginMs;
    return {
      window,
      intervalMs,
      gpus: this.#gpuIndexes().map((index) => this.#gpuRings.get(index)?.between(from, to) ?? []),
      host: this.#hostRing.between(from, to),
    };
  }

  /** Processes with memory on the GPUs; not to be called while a test is measured. */
  async processes(): Promise<readonly GpuProcess[] | undefined> {
    const found = await this.search();
    return found.state === 'found' ? found.source.processes() : undefined;
  }

  /** Ends every reading for good, whoever still wants them. */
  close(): void {
    this.#jobs = 0;
    this.#scrapeUntilMs = undefined;
    this.#cancelLapse();
    this.#adjust();
  }

  #gpuIndexes(): readonly number[] {
    return [...this.#gpuRings.keys()].sort((a, b) => a - b);
  }

  #wantedIntervalMs(): number | undefined {
    if (this.#jobs > 0) return this.#options.intervalMs;
    return this.#scrapeUntilMs === undefined ? undefined : this.#options.idleIntervalMs;
  }

  #adjust(): void {
    const wanted = this.#wantedIntervalMs();
    if (wanted === this.#running?.intervalMs) return;
    this.#running?.stop();
    this.#running = wanted === undefined ? undefined : this.#run(wanted);
  }

  #run(intervalMs: number): Running {
    let stopped = false;
    let readings: GpuReadings | undefined;
    const host = this.#options.hostSource?.start(intervalMs, (sample) => this.#hostRing.push(sample));
    void this.search().then((found) => {
      if (found.state !== 'found' || stopped) return;
      readings = found.source.start(intervalMs, (samples) => this.#keep(samples));
    });
    return {
      intervalMs,
      flush: () => readings?.flush(),
      readHostNow: () => host?.readNow(),
      stop: () => {
        readings?.flush();
        stopped = true;
        host?.stop();
        readings?.stop();
      },
    };
  }

  #keep(samples: readonly GpuSample[]): void {
    for (const sample of samples) {
      let ring = this.#gpuRings.get(sample.index);
      if (ring === undefined) {
        ring = new SampleRing(RING_CAPACITY);
        this.#gpuRings.set(sample.index, ring);
      }
      ring.push(sample);
    }
  }

  /** Looks in the rhythm of the readings whether one of each device has come, `timeoutMs` at most. */
  async #readingsAfter(untilMs: number, timeoutMs: number): Promise<void> {
    const { clock, intervalMs } = this.#options;
    const giveUpMs = clock.nowMs() + timeoutMs;
    while (!this.#hasReadingsAfter(untilMs) && clock.nowMs() < giveUpMs) {
      const waitMs = Math.min(intervalMs / LOOKS_PER_INTERVAL, giveUpMs - clock.nowMs());
      await new Promise<void>((resolve) => {
        clock.after(waitMs, resolve);
      });
    }
  }

  /** True as well where no further reading will come. */
  #hasReadingsAfter(ms: number): boolean {
    if (this.#running === undefined) return true;
    this.#running.flush();
    const newest: (number | undefined)[] = [];
    if (this.#found?.state !== 'unreadable' && this.#found?.state !== 'absent') {
      const rings = [...this.#gpuRings.values()];
      newest.push(...(rings.length === 0 ? [undefined] : rings.map((ring) => ring.newest?.atMs)));
    }
    if (this.#options.hostSource !== undefined) newest.push(this.#hostRing.newest?.atMs);
    return newest.every((atMs) => atMs !== undefined && atMs >= ms);
  }
}
