/** When the agent benchmarks by itself, and why it sometimes does not. */

import timers from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { BenchmarkMode } from '../benchmark/plan.js';
import type { Logger } from '../logger.js';
import type { BusyVerdict } from '../runner/busy-check.js';
import type { ScheduleSkipReason } from '../shared/skip-reason.js';
import { type DueRuns, LATEST_START_MS, nextRun, previousRun, runsBetween, startCron } from './cron.js';
import type { JobRequest } from './job.js';
import type { JobQueue } from './queue/job-queue.js';
import type { UpcomingRun } from './queue/way-giving.js';
import { startScheduledRun } from './scheduled-run.js';

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

export interface Skip {
  readonly at: Date;
  readonly reason: ScheduleSkipReason;
  readonly detail: string;
  /** `undefined` for all of the schedule's, and for whatever is discovered. */
  readonly target: string | undefined;
  /** How many runs: more than one where several went by in a row. */
  readonly count: number;
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
  /** Of the target, in the order in which they are to be measured; `undefined` stands for the one that is loaded. */
  readonly models: (target: string | undefined, signal: AbortSignal) => Promise<readonly (string | undefined)[]>;
  /** `undefined` while a benchmark of ours runs. */
  readonly isBusy: (target: string | undefined, signal: AbortSignal) => Promise<BusyVerdict | undefined>;
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

/** Of the jobs that one run asks for, which all are of one batch. */
type AskedRun = Pick<JobRequest, 'mode' | 'target' | 'model' | 'batch'>;

interface Entry {
  readonly schedule: ConfiguredSchedule;
  readonly stop: AbortController;
  endTask: () => void;
  /** What came due until then has been started or skipped. */
  seenUntil: Date;
  lastRun: ScheduleState['lastRun'];
  lastSkip: Skip | undefined;
}

const PAUSED = { reason: 'paused', detail: 'the schedule is paused', target: undefined } as const;

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
      return this.#begin(schedule, known);
    });
  }

  /**
   * The clock was set, or the machine slept: every task is made anew. Left alone node-cron would go through each time
   * that lies between, which takes seconds for a month of minutes, or wait until a clock that was set back is there again.
   */
  clockJumped(): void {
    const now = this.#options.now();
    for (const entry of this.#entries) {
      const { schedule, seenUntil } = entry;
      const last = previousRun(schedule, new Date(now.getTime() + 1));
      const isInTime = last !== undefined && last > seenUntil && now.getTime() - last.getTime() <= LATEST_START_MS;
      const missed = runsBetween(schedule, seenUntil, isInTime ? new Date(last.getTime() - 1) : now);
      entry.endTask();
      this.#startTask(entry);
      if (missed !== undefined) this.#miss(entry, missed);
      if (isInTime) void this.#fire(entry, last);
    }
  }

  list(): ScheduleState[] {
    return this.#entries.map((entry) => this.#stateOf(entry));
  }

  /** When those that are not paused come due next. */
  upcoming(): UpcomingRun[] {
    return this.list().flatMap(({ schedule: { name, jitterMs }, nextRun: dueAt }) =>
      dueAt === undefined ? [] : [{ schedule: name, dueAt, jitterMs }],
    );
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

  /** What a run of it now would ask for; `undefined` for an unknown name. */
  async asked(name: string, signal: AbortSignal): Promise<readonly AskedRun[] | undefined> {
    const entry = this.#entries.find(({ schedule }) => schedule.name === name);
    return entry && (await this.#askedBy(entry.schedule, signal));
  }

  /** Ends every timer and everything that waits. */
  close(): void {
    for (const entry of this.#entries) end(entry);
    this.#entries = [];
  }

  #stateOf({ schedule, lastRun, lastSkip }: Entry): ScheduleState {
    const paused = this.#paused.has(schedule.name);
    return {
      schedule,
      paused,
      nextRun: paused ? undefined : nextRun(schedule, this.#options.now()),
      lastRun,
      lastSkip,
    };
  }

  #begin(schedule: ConfiguredSchedule, known: Entry | undefined): Entry {
    const entry: Entry = {
      schedule,
      stop: new AbortController(),
      endTask: () => undefined,
      seenUntil: this.#options.now(),
      lastRun: known?.lastRun,
      lastSkip: known?.lastSkip,
    };
    this.#startTask(entry);
    return entry;
  }

  #startTask(entry: Entry): void {
    const { now, logger } = this.#options;
    entry.seenUntil = now();
    entry.endTask = startCron(entry.schedule, {
      onDue: (at) => void this.#fire(entry, at),
      onMissed: (missed) => this.#miss(entry, missed),
      logger,
    });
  }

  #miss(entry: Entry, { count, last }: DueRuns): void {
    const { now, onHandled } = this.#options;
    const { name } = entry.schedule;
    const due = `${last.toISOString()}${count === 1 ? '' : ` and ${count - 1} more before`}`;
    const detail = `due at ${due}, seen at ${now().toISOString()}: the machine slept, its clock was set, or it was held up`;
    const why = this.#paused.has(name) ? PAUSED : ({ reason: 'late', detail, target: undefined } as const);
    this.#skip(entry, { ...why, count });
    see(entry, last);
    onHandled?.(name, entry.seenUntil);
  }

  async #fire(entry: Entry, at: Date): Promise<void> {
    const { schedule, stop } = entry;
    const { logger, random, onHandled } = this.#options;
    see(entry, at);
    try {
      if (this.#paused.has(schedule.name)) {
        return this.#skip(entry, { ...PAUSED, count: 1 });
      }
      if (schedule.jitterMs > 0)
        await timers.setTimeout(random() * schedule.jitterMs, undefined, { signal: stop.signal });
      const runs = await this.#askedBy(schedule, stop.signal);
      // All are asked for at once and in this order; each is decided when its turn comes.
      await Promise.all(runs.map((run) => this.#runOn(entry, run)));
    } catch (error) {
      if (!stop.signal.aborted)
        logger.error({ err: error, schedule: schedule.name }, 'a scheduled run failed to start');
    } finally {
      if (!stop.signal.aborted) onHandled?.(schedule.name, at);
    }
  }

  /** One for each model of each of its targets. */
  async #askedBy({ name, mode, targets }: ConfiguredSchedule, signal: AbortSignal): Promise<readonly AskedRun[]> {
    const wanted = targets === 'all' ? this.#options.targets() : targets;
    const asked = wanted.length === 0 ? [undefined] : wanted;
    const models = await Promise.all(asked.map((target) => this.#options.models(target, signal)));
    const batch = Symbol(name);
    return asked.flatMap((target, index) => (models[index] ?? []).map((model) => ({ mode, target, model, batch })));
  }

  async #runOn(entry: Entry, asked: AskedRun): Promise<void> {
    const { schedule, stop } = entry;
    const { queue, isBusy, now } = this.#options;
    const run = await startScheduledRun({
      queue,
      request: { ...asked, trigger: `schedule:${schedule.name}` },
      whenBusy: schedule.whenBusy,
      nextDue: nextRun(schedule, now()),
      isBusy,
      now,
      signal: stop.signal,
    });
    if (run.started) entry.lastRun = { at: run.at, jobId: run.jobId };
    else this.#skip(entry, { reason: run.reason, detail: run.detail, target: asked.target, count: 1 });
  }

  #skip(entry: Entry, why: Omit<Skip, 'at'>): void {
    const { logger, now, onSkip } = this.#options;
    const skip = { at: now(), ...why };
    entry.lastSkip = skip;
    logger.info({ schedule: entry.schedule.name, ...why }, 'scheduled run skipped');
    onSkip?.(entry.schedule.name, skip);
  }
}

function see(entry: Entry, at: Date): void {
  if (at > entry.seenUntil) entry.seenUntil = at;
}

function end({ endTask, stop }: Entry): void {
  endTask();
  stop.abort();
}
