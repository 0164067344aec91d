/** The agent's schedules, with what is kept of them over a restart: which are paused, and which times went by. */
import { monotonicMs } from '../benchmark/clock.js';
import { writeJson } from '../chronicle/atomic-file.js';
import type { StoragePaths } from '../chronicle/storage.js';
import type { Config } from '../config/schema.js';
import { watchClock } from '../jobs/clock-jump.js';
import { LastHandledCheckpoint, type MissedRuns } from '../jobs/last-handled-checkpoint.js';
import { Schedules, type SchedulesOptions } from '../jobs/schedule.js';
import type { Logger } from '../logger.js';
import type { BusyVerdict } from '../runner/busy-check.js';
import type { Engine } from './engine.js';
import { pausedSchedules } from './paused-schedules.js';

export interface SchedulerOptions {
  readonly config: () => Config;
  readonly paths: StoragePaths;
  readonly engine: Pick<Engine, 'queue' | 'gate' | 'findTarget' | 'findModels'>;
  readonly now: () => Date;
  readonly random: () => number;
  readonly logger: Logger;
  readonly onSkip: NonNullable<SchedulesOptions['onSkip']>;
}

export interface Scheduler {
  readonly schedules: Schedules;
  /** From now on runs begin. Answers what came due while no agent ran, for schedules that are not paused. */
  readonly start: () => Promise<readonly MissedRuns[]>;
  /** The configuration has changed. */
  readonly reload: () => Promise<void>;
  /** Ends every timer and everything that waits. */
  readonly close: () => Promise<void>;
}

export async function openScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const { config, paths, now, random, logger, onSkip, engine } = options;
  const slots = new LastHandledCheckpoint({ file: paths.scheduleSlots, now, logger });
  const paused = await pausedSchedules(paths, logger);
  const schedules = new Schedules(
    {
      queue: engine.queue,
      targets: () => config().targets.map((target) => target.name),
      models: (target, signal) => models(options, target, signal),
      isBusy: (target, signal) => busy(options, target, signal),
      now,
      random,
      logger,
      onSkip,
      onHandled: (schedule, at) => void slots.handled(schedule, at),
      keepPaused: (names) => {
        engine.queue.schedulesChanged();
        return writeJson(paths.pausedSchedules, names);
      },
    },
    paused,
  );
  let endWatch: () => void = () => undefined;
  return {
    schedules,
    start: async () => {
      const missed = await slots.open(config().schedules);
      schedules.apply(config().schedules);
      endWatch = watchClock({
        now,
        monotonicMs,
        onJump: (byMs) => {
          logger.warn({ by_s: Math.round(byMs / 1000) }, 'the clock was set, or the machine slept');
          schedules.clockJumped();
          engine.queue.schedulesChanged();
        },
      });
      return missed.filter(({ schedule }) => !paused.includes(schedule));
    },
    reload: async () => {
      schedules.apply(config().schedules);
      engine.queue.schedulesChanged();
      await slots.apply(config().schedules);
    },
    close: async () => {
      endWatch();
      schedules.close();
      await slots.close();
    },
  };
}

async function models(
  { engine, logger }: SchedulerOptions,
  target: string | undefined,
  signal: AbortSignal,
): Promise<readonly (string | undefined)[]> {
  try {
    return await engine.findModels({ target }, signal);
  } catch (error) {
    signal.throwIfAborted();
    // One job is enough to say what is wrong with a target.
    logger.debug({ err: error, target }, 'could not tell which models the target has');
    return [undefined];
  }
}

/** Before anything else: a program that measures by itself says so. */
export function tellSchedules({ schedules, schedulesFrom }: Config, logger: Logger): void {
  if (schedules.length === 0) {
    logger.info({ schedules: [], from: schedulesFrom }, 'measures only when asked: the configuration has no schedule');
    return;
  }
  const list = schedules.map(({ name, cron, timezone, mode }) => ({ name, cron, timezone, mode }));
  const words = list.map(({ name, cron, timezone, mode }) => `${name} (${mode}, "${cron}" ${timezone})`).join(', ');
  const from = schedulesFrom === 'built_in' ? 'built in, as the configuration has no schedules' : 'as configured';
  logger.info({ schedules: list, from: schedulesFrom }, `measures by itself, ${from}: ${words}`);
}

async function busy(
  { engine, logger }: SchedulerOptions,
  name: string | undefined,
  signal: AbortSignal,
): Promise<BusyVerdict | undefined> {
  const { queue, gate } = engine;
  if (queue.running !== undefined) return undefined;
  try {
    const { target } = await engine.findTarget({ target: name }, signal);
    return await gate.look(target, signal);
  } catch (error) {
    signal.throwIfAborted();
    // Whatever is wrong with the target, the job itself meets it and records it.
    logger.debug({ err: error, target: name }, 'could not tell whether the target is busy');
    return { busy: false };
  }
}
