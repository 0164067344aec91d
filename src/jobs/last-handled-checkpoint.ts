/** Until when each schedule's times have been handled: whatever came due after that passed without an agent. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { writeJson } from '../chronicle/atomic-file.js';
import { systemCodeOf } from '../chronicle/file-system.js';
import type { Logger } from '../logger.js';
import { type DueRuns, runsBetween } from './cron.js';
import type { ConfiguredSchedule } from './schedule.js';

type Timing = Pick<ConfiguredSchedule, 'name' | 'cron' | 'timezone'>;

const recordSchema = z.array(
  z.object({ name: z.string(), cron: z.string(), timezone: z.string(), dealt_with_until: z.iso.datetime() }),
);
type Entry = z.infer<typeof recordSchema>[number];

export interface MissedRuns extends DueRuns {
  readonly schedule: string;
}

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
        logger.warn({ err: error, file }, 'cannot tell whether scheduled runs were missed');
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
  const missed = runsBetween(schedule, new Date(kept.dealt_with_until), now);
  return missed === undefined ? undefined : { schedule: schedule.name, ...missed };
}
