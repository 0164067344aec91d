/** When the agent benchmarks by itself, and why it sometimes does not. */
import timers from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Cron } from 'croner';
import type { BenchmarkMode } from '../benchmark/plan.js';
import type { Logger } from '../logger.js';
import type { BusyVerdict } from '../runner/busy-check.js';
import type { Job, JobRequest } from './job.js';
import { JobError } from './job-error.js';
import type { JobQueue } from './job-queue.js';

/** A schedule as it stands in the configuration, parsed. */
export interface ConfiguredSchedule {
  readonly name: string;
  readonly cron: string;
  readonly timezone: string;
  readonly mode: BenchmarkMode;
  readonly targets: 'all' | readonly string[];
  readonly jitterMs: number;
  readonly whenBusy: 'skip' | 'wait' | 'run';
}

/** Why a run did not take place. */
export const skipReasons = ['server_busy', 'gpu_busy', 'paused', 'still_waiting', 'queue_full'] as const;
export type ScheduleSkipReason = (typeof skipReasons)[number];

export interface Skip {
  readonly at: Date;
  readonly reason: ScheduleSkipReason;
  readonly detail: string;
  /** `undefined` for all of the schedule's, and for whatever is discovered. */
  readonly target: string | undefined;
}

export interface ScheduleState {
  readonly schedule: ConfiguredSchedule;
  readonly paused: boolean;
  /** Without jitter; `undefined` while paused. */
  readonly nextRun: Date | undefined;
  readonly lastRun: { readonly at: Date; readonly jobId: string } | undefined;
  readonly lastSkip: Skip | undefined;
}

export interface SchedulesOptions {
  readonly queue: Pick<JobQueue, 'submit'>;
  /** Names of all configured targets; none means whatever is discovered. */
  readonly targets: () => readonly string[];
  readonly isBusy: (target: string | undefined, signal: AbortSignal) => Promise<BusyVerdict>;
  readonly now: () => Date;
  /** 0 … 1, for jitter. */
  readonly random: () => number;
  readonly logger: Logger;
  /** Kept over a restart; called with every change. */
  readonly keepPaused: (names: readonly string[]) => Promise<void>;
  readonly onSkip?: ((schedule: string, skip: Skip) => void) | undefined;
  /** A run that came due at this time has been asked for or skipped; not called where its schedule ended before. */
  readonly onHandled?: ((schedule: string, at: Date) => void) | undefined;
}

interface Entry {
  readonly schedule: ConfiguredSchedule;
  readonly cron: Cron;
  readonly stop: AbortController;
  lastRun: ScheduleState['lastRun'];
  lastSkip: Skip | undefined;
}

const ASK_AGAIN_MS = 15_000;

/**
 * Times come from croner: by its rules a run at an hour that daylight saving skips comes right after it, one at an
 * hour that comes twice comes once, and an hourly one comes every hour.
 */
export class Schedules {
  readonly #options: SchedulesOptions;
  readonly #paused: Set<string>;
  #entries: Entry[] = [];

  constructor(options: SchedulesOptions, paused: readonly string[]) {
    this.#options = options;
    this.#paused = new Set(paused);
  }

  /** Puts these schedules in force. One that stays as it was goes on undisturbed, a run that waits for its time too. */
  apply(schedules: readonly ConfiguredSchedule[]): void {
    const before = this.#entries;
    const kept = before.filter(({ schedule }) => schedules.some((next) => isDeepStrictEqual(next, schedule)));
    for (const entry of before) if (!kept.includes(entry)) end(entry);
    this.#entries = schedules.map((schedule) => {
      const known = before.find((entry) => entry.schedule.name === schedule.name);
      if (known !== undefined && kept.includes(known)) return known;
      const stop = new AbortController();
      const cron = new Cron(schedule.cron, { timezone: schedule.timezone, mode: '5-part', unref: true }, () =>
        this.#fire(entry),
      );
      const entry: Entry = { schedule, cron, stop, lastRun: known?.lastRun, lastSkip: known?.lastSkip };
      return entry;
    });
  }

  list(): ScheduleState[] {
    return this.#entries.map((entry) => this.#stateOf(entry));
  }

  /** Stops or lets go on; resolves with the state once that is kept, or with `undefined` for an unknown name. */
  async setPaused(name: string, paused: boolean): Promise<ScheduleState | undefined> {
    const entry = this.#entries.find(({ schedule }) => schedule.name === name);
    if (entry === undefined) return undefined;
    if (paused) this.#paused.add(name);
    else this.#paused.delete(name);
    await this.#options.keepPaused([...this.#paused].sort());
    return this.#stateOf(entry);
  }

  /** Ends every timer and everything that waits. */
  close(): void {
    for (const entry of this.#entries) end(entry);
    this.#entries = [];
  }

  #stateOf({ schedule, cron, lastRun, lastSkip }: Entry): ScheduleState {
    const paused = this.#paused.has(schedule.name);
    return { schedule, paused, nextRun: paused ? undefined : (cron.nextRun() ?? undefined), lastRun, lastSkip };
  }

  async #fire(entry: Entry): Promise<void> {
    const { schedule, stop } = entry;
    const { logger, random, targets, now, onHandled: onDealtWith } = this.#options;
    const at = now();
    try {
      if (this.#paused.has(schedule.name)) {
        return this.#skip(entry, { reason: 'paused', detail: 'the schedule is paused', target: undefined });
      }
      if (schedule.jitterMs > 0)
        await timers.setTimeout(random() * schedule.jitterMs, undefined, { signal: stop.signal });
      const wanted = schedule.targets === 'all' ? targets() : schedule.targets;
      for (const target of wanted.length === 0 ? [undefined] : wanted) await this.#runOn(entry, target);
    } catch (error) {
      if (!stop.signal.aborted)
        logger.error({ err: error, schedule: schedule.name }, 'a scheduled run failed to start');
    } finally {
      if (!stop.signal.aborted) onDealtWith?.(schedule.name, at);
    }
  }

  async #runOn(entry: Entry, target: string | undefined): Promise<void> {
    const { schedule } = entry;
    const verdict = await this.#whenFree(entry, target);
    if (verdict.busy) return this.#skip(entry, { reason: verdict.reason, detail: verdict.detail, target });
    const request: JobRequest = { mode: schedule.mode, trigger: `schedule:${schedule.name}`, target };
    try {
      const job: Job = await this.#options.queue.submit(request, 'queue');
      entry.lastRun = { at: this.#options.now(), jobId: job.job_id };
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      const reason = error.code === 'queue_full' ? 'queue_full' : 'still_waiting';
      this.#skip(entry, { reason, detail: error.message, target });
    }
  }

  /** With `wait`, asks again until the target is free or the next run is due. */
  async #whenFree({ schedule, cron, stop }: Entry, target: string | undefined): Promise<BusyVerdict> {
    if (schedule.whenBusy === 'run') return { busy: false };
    const { isBusy, now } = this.#options;
    const nextRun = cron.nextRun(now());
    for (;;) {
      const verdict = await isBusy(target, stop.signal);
      const givesUp = nextRun !== null && now().getTime() + ASK_AGAIN_MS >= nextRun.getTime();
      if (!verdict.busy || schedule.whenBusy === 'skip' || givesUp) return verdict;
      await timers.setTimeout(ASK_AGAIN_MS, undefined, { signal: stop.signal });
    }
  }

  #skip(entry: Entry, why: Omit<Skip, 'at'>): void {
    const { logger, now, onSkip } = this.#options;
    const skip = { at: now(), ...why };
    entry.lastSkip = skip;
    logger.info({ schedule: entry.schedule.name, ...why }, 'scheduled run skipped');
    onSkip?.(entry.schedule.name, skip);
  }
}

function end({ cron, stop }: Entry): void {
  cron.stop();
  stop.abort();
}
