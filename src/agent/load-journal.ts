/**
 * What was found in the memory of servers whose models are exchanged for a benchmark, on disk before the first is: who
 * follows a process that was killed puts it back.
 */
import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { writeJson } from '../chronicle/atomic-file.js';
import { systemCodeOf } from '../chronicle/file-system.js';
import type { Logger } from '../logger.js';
import { isRunning } from '../shared/running-process.js';

const residentSchema = z.object({
  id: z.string(),
  asleep: z.literal(true).optional(),
  contextLength: z.number().optional(),
  staysMs: z.number().optional(),
});

const exchangeSchema = z.object({
  /** The target's name, whose configuration has the key. */
  target: z.string(),
  api_base: z.string(),
  /** In memory before anything was changed. */
  found: z.array(residentSchema),
  /** Ids that a benchmark had loaded, or tried to. */
  loaded: z.array(z.string()),
});

/** One server whose memory is not as it was found. */
export type Exchange = z.infer<typeof exchangeSchema>;

/** Ending of a file that could not be read. */
const DAMAGED = '.damaged';

export interface JournalOptions {
  /** One of each process: its number stands before the ending. */
  readonly file: string;
  readonly pid: number;
  readonly logger: Logger;
}

export class LoadJournal {
  readonly #options: JournalOptions;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** Resolves when it is on disk. Throws `StorageError`. */
  async write(exchanges: readonly Exchange[]): Promise<void> {
    const own = this.#fileOf(this.#options.pid);
    if (exchanges.length === 0) await rm(own, { force: true });
    else await writeJson(own, exchanges);
  }

  /** What processes that are gone left behind, one entry a server; it is this process's from now on. */
  async takeOver(): Promise<readonly Exchange[]> {
    const { file, pid, logger } = this.#options;
    const folder = dirname(file);
    const left: Exchange[] = [];
    const files: string[] = [];
    for (const name of await readdir(folder)) {
      const [, number] = new RegExp(`^${basename(file, '.json')}\\.(\\d+)\\.json$`).exec(name) ?? [];
      // A file under our own number is that of another who had it before.
      if (number === undefined || (Number(number) !== pid && isRunning(Number(number)))) continue;
      const path = join(folder, name);
      left.push(...(await exchangesIn(path, logger)));
      files.push(path);
    }
    const servers = new Map(left.map((exchange) => [exchange.api_base, exchange]));
    await this.write([...servers.values()]);
    for (const path of files) if (path !== this.#fileOf(pid)) await rm(path, { force: true });
    return [...servers.values()];
  }

  #fileOf(pid: number): string {
    const { file } = this.#options;
    return join(dirname(file), `${basename(file, '.json')}.${pid}.json`);
  }
}

/** What of a damaged file cannot be read is set aside, for whoever can. */
async function exchangesIn(path: string, logger: Logger): Promise<readonly Exchange[]> {
  try {
    const entries = z.array(z.unknown()).parse(JSON.parse(await readFile(path, 'utf8')));
    const read = entries.map((entry) => exchangeSchema.safeParse(entry));
    const bad = read.find(({ success }) => !success);
    if (bad !== undefined) await setAside(path, bad.error, logger);
    return read.flatMap(({ data }) => data ?? []);
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') await setAside(path, error, logger);
    return [];
  }
}

async function setAside(path: string, error: unknown, logger: Logger): Promise<void> {
  const kept = `${path}${DAMAGED}`;
  const words = 'cannot tell which models a benchmark pushed out: they stay out. What was written of them is kept';
  try {
    await rename(path, kept);
    logger.error({ err: error, file: kept }, words);
  } catch (cause) {
    logger.error({ err: cause, file: path }, 'cannot tell which models a benchmark pushed out: they stay out');
  }
}
