/** Until when each schedule's times have been handled: whatever came due after that passed without an agent. */
import { readFile } from 'node:fs/promises';
import { Cron } from 'croner';
import * as z from 'zod';
import { writeJson } from '../chronicle/atomic-file.js';
import { systemCodeOf } from '../chronicle/file-system.js';
import type { Logger } from '../logger.js';
import type { ConfiguredSchedule } from './schedule.js';

type Timing = Pick<ConfiguredSchedule, 'name' | 'cron' | 'timezone'>;

const recordSchema = z.array(
  z.object({ name: z.string(), cron: z.string(), timezone: z.string(), dealt_with_until: z.iso.datetime() }),
);
type Entry = z.infer<typeof recordSchema>[number];

export interface MissedRuns {
  readonly schedule: string;
  /** At most 1,000: the first ones of a longer time. */
  readonly count: number;
  /** The last one counted. */
  readonly last: Date;
}

/** A schedule of every minute and a machine that was off for a year must not hold up the start. */
const MOST_COUNTED = 1000;

export interface LastHandledCheckpointOptions {
  readonly file: string;
  readonly now: () => Date;
  readonly logger: Logger;
}

/** Never rejects: a disk that refuses the record costs no run. */
export class LastHandledCheckpoint {
  readonly #options: LastHandledCheckpointOptions;
  #kept: readonly Entry[] = [];
  #writes: Promise<void> = Promise.resolve();

  constructor(options: LastHandledCheckpointOptions) {
    this.#options = options;
  }

  /** Once, at the start: what came due while no agent ran. A schedule that was changed meanwhile begins anew. */
  async open(schedules: readonly Timing[]): Promise<readonly MissedRuns[]> {
    this.#kept = await this.#read();
    const now = this.#options.now();
    const missed = schedules.flatMap((schedule) => missedSince(schedule, this.#keptOf(schedule), now) ?? []);
    this.#kept = schedules.map((schedule) => fresh(schedule, now));
    await this.#keep();
    return missed;
  }

  /** These schedules are in force from now on; those that were already go on. */
  apply(schedules: readonly Timing[]): Promise<void> {
    const now = this.#options.now();
    this.#kept = schedules.map((schedule) => this.#keptOf(schedule) ?? fresh(schedule, now));
    return this.#keep();
  }

  handled(schedule: string, at: Date): Promise<void> {
    const until = at.toISOString();
    this.#kept = this.#kept.map((kept) =>
      kept.name === schedule && kept.dealt_with_until < until ? { ...kept, dealt_with_until: until } : kept,
    );
    return this.#keep();
  }

  /** Resolves when all is written. */
  async close(): Promise<void> {
    await this.#writes;
  }

  #keptOf({ name, cron, timezone }: Timing): Entry | undefined {
    return this.#kept.find((kept) => kept.name === name && kept.cron === cron && kept.timezone === timezone);
  }

  async #read(): Promise<readonly Entry[]> {
    const { file, logger } = this.#options;
    try {
      return recordSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') {
        logger.warn({ err: error, file }, 'whether scheduled runs were missed cannot be told');
      }
      return [];
    }
  }

  #keep(): Promise<void> {
    const { file, logger } = this.#options;
    this.#writes = this.#writes
      .then(() => writeJson(file, this.#kept))
      .catch((error: unknown) => {
        logger.error({ err: error, file }, 'the last handled time of a schedule could not be saved');
      });
    return this.#writes;
  }
}

function fresh({ name, cron, timezone }: Timing, now: Date): Entry {
  return { name, cron, timezone, dealt_with_until: now.toISOString() };
}

function missedSince(schedule: Timing, kept: Entry | undefined, now: Date): MissedRuns | undefined {
  if (kept === undefined) return undefined;
  const cron = new Cron(schedule.cron, { paused: true, mode: '5-part', timezone: schedule.timezone });
  let last: Date | undefined;
  let count = 0;
  let next = cron.nextRun(new Date(kept.dealt_with_until));
  while (next !== null && next <= now && count < MOST_COUNTED) {
    count += 1;
    last = next;
    next = cron.nextRun(next);
  }
  return last === undefined ? undefined : { schedule: schedule.name, count, last };
}
