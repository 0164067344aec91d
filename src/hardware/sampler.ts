/** The one sampler of this process: reads the hardware while a job runs or somebody scrapes, and not otherwise. */

import type { WindowCard } from './gpu-cards.js';
import { GpuCollector, type GpuCollectorOptions, type GpuHealth } from './gpu-collector.js';
import type { GpuSample } from './gpu-sample.js';
import type { GpuProcess, GpuSearch } from './gpu-source.js';
import type { HostReadings, HostSource } from './host/host.js';
import type { HostSample } from './host/host-sample.js';
import { LONGEST_TEST_SAMPLES, SampleRing } from './sample-ring.js';
import { longestGapMs, staleAfterMs, type TimeWindow } from './time-window.js';

export interface SamplerOptions extends GpuCollectorOptions {
  readonly hostSource: HostSource | undefined;
  /** Between readings while a job runs. */
  readonly intervalMs: number;
  /** Between readings while somebody scrapes and no job runs. */
  readonly idleIntervalMs: number;
}

export interface LiveReadings {
  readonly gpus: readonly GpuSample[];
  readonly host: HostSample | undefined;
}

/** A window's samples and those just outside it, oldest first, by device. */
export interface WindowSamples {
  readonly window: TimeWindow;
  readonly intervalMs: number;
  /** Those that have been read since the start, also where they gave no reading for the window. */
  readonly gpus: readonly WindowCard[];
  readonly host: readonly HostSample[];
}

// Two scrapes of the slowest usual scraper, which comes every five minutes, and the delay of the second.
const LEAST_SCRAPE_LAPSE_MS = 11 * 60_000;
const SCRAPE_LAPSE_INTERVALS = 4;
// Whoever waits for a reading learns of it a quarter of an interval late at most.
const LOOKS_PER_INTERVAL = 4;

interface Running {
  readonly intervalMs: number;
  readonly host: HostReadings | undefined;
}

export class Sampler {
  readonly #options: SamplerOptions;
  readonly #gpus: GpuCollector;
  readonly #hostRing = new SampleRing<HostSample>(LONGEST_TEST_SAMPLES);
  #jobs = 0;
  #scrapeUntilMs: number | undefined;
  #cancelLapse: () => void = () => undefined;
  #running: Running | undefined;

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#gpus = new GpuCollector(options);
  }

  /** What was found on this machine; looks when nothing has asked before. */
  search(): Promise<GpuSearch> {
    return this.#gpus.search();
  }

  /** Reads at the job's interval until the returned function is called; calling it twice does nothing more. */
  startJob(): () => void {
    this.#gpus.lookAgain();
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
    const host = this.#hostRing.newest;
    const isCurrent =
      host !== undefined && host.atMs >= this.#options.clock.nowMs() - staleAfterMs(this.#running.intervalMs);
    return { gpus: this.#gpus.latest(), host: isCurrent ? host : undefined };
  }

  /** How it stands with the readings of the GPUs. */
  gpuHealth(): GpuHealth {
    return this.#gpus.health();
  }

  /** One reading made now, for whoever must know before a job: takes up to `timeoutMs`. */
  async readNow(timeoutMs: number): Promise<LiveReadings> {
    const release = this.startJob();
    try {
      const fromMs = this.#options.clock.nowMs();
      // The second reading: some figures are differences from one to the next.
      await this.#readingsAfter(fromMs + this.#options.intervalMs, timeoutMs);
      const { gpus, host } = this.latest();
      // What was read before is still the present for a gauge, and not for a decision.
      return { gpus: gpus.filter(({ atMs }) => atMs >= fromMs), host };
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
    if ((this.#hostRing.newest?.atMs ?? window.startMs) < window.endMs) this.#running?.host?.readNow();
    await this.#readingsAfter(window.endMs, marginMs);
    const from = window.startMs - marginMs;
    const to = window.endMs + marginMs;
    return { window, intervalMs, gpus: this.#gpus.cut(from, to), host: this.#hostRing.between(from, to) };
  }

  /** Processes with memory on the GPUs; not to be called while a test is measured. */
  processes(): Promise<readonly GpuProcess[] | undefined> {
    return this.#gpus.processes();
  }

  /** Ends every reading for good, whoever still wants them. */
  close(): void {
    this.#jobs = 0;
    this.#scrapeUntilMs = undefined;
    this.#cancelLapse();
    this.#adjust();
  }

  #wantedIntervalMs(): number | undefined {
    if (this.#jobs > 0) return this.#options.intervalMs;
    return this.#scrapeUntilMs === undefined ? undefined : this.#options.idleIntervalMs;
  }

  #adjust(): void {
    const wanted = this.#wantedIntervalMs();
    if (wanted === this.#running?.intervalMs) return;
    this.#running?.host?.stop();
    this.#running = wanted === undefined ? undefined : { intervalMs: wanted, host: this.#readHost(wanted) };
    this.#gpus.read(wanted);
  }

  #readHost(intervalMs: number): HostReadings | undefined {
    return this.#options.hostSource?.start(intervalMs, (sample) => this.#hostRing.push(sample));
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
    const isHostRead = this.#options.hostSource === undefined || (this.#hostRing.newest?.atMs ?? -Infinity) >= ms;
    return this.#gpus.isReadSince(ms) && isHostRead;
  }
}
