/** The log of each job: on disk line by line as it happens, and to whoever follows. */
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { StoragePaths } from '../chronicle/storage.js';
import { storageErrorOf } from '../chronicle/storage-error.js';
import { visibleText } from '../shared/text/visible-text.js';

/** The log of a job that is active. */
export interface OpenJobLog {
  /** Stamps and keeps a line; it is on its way to disk when this returns. Never throws. */
  write(text: string): void;
  /** Resolves once every line is on disk; rejects with the first error of writing. */
  close(): Promise<void>;
}

interface ActiveLog {
  readonly lines: string[];
  readonly waiting: Set<() => void>;
  ended: boolean;
}

export class JobLogs {
  readonly #paths: StoragePaths;
  readonly #now: () => Date;
  readonly #active = new Map<string, ActiveLog>();

  constructor(paths: StoragePaths, now: () => Date) {
    this.#paths = paths;
    this.#now = now;
  }

  /** Begins the log of a job, or goes on with it after a restart. */
  open(jobId: string): OpenJobLog {
    const log: ActiveLog = { lines: linesOf(this.#file(jobId)), waiting: new Set(), ended: false };
    this.#active.set(jobId, log);
    let failure: unknown;
    const file = open(this.#file(jobId), 'a');
    // Whoever writes meets the same error; a log that nobody writes to must not end the process with it.
    file.catch(() => undefined);
    let writes: Promise<unknown> = Promise.resolve();
    const then = (step: (file: FileHandle) => Promise<unknown>) => {
      writes = writes
        .then(async () => step(await file))
        .catch((error: unknown) => {
          failure ??= error;
        });
    };
    return {
      write: (text) => {
        for (const part of visibleText(text).split(/\r?\n/)) {
          const line = `${this.#now().toISOString()} ${part}`;
          log.lines.push(line);
          then((handle) => handle.appendFile(`${line}\n`));
        }
        wake(log);
      },
      close: async () => {
        then((handle) => handle.close());
        await writes;
        log.ended = true;
        this.#active.delete(jobId);
        wake(log);
        if (failure !== undefined) throw failure;
      },
    };
  }

  /** The lines so far. */
  async *lines(jobId: string): AsyncGenerator<string> {
    const active = this.#active.get(jobId);
    if (active !== undefined) yield* [...active.lines];
    else yield* await this.#linesOnDisk(jobId);
  }

  /** Every line from the start, then each new one as it comes, until the job ends or `signal` aborts. */
  async *follow(jobId: string, signal: AbortSignal): AsyncGenerator<string> {
    const active = this.#active.get(jobId);
    if (active === undefined) {
      yield* await this.#linesOnDisk(jobId);
      return;
    }
    for (let next = 0; !signal.aborted; ) {
      const line = active.lines[next];
      if (line !== undefined) {
        next += 1;
        yield line;
      } else if (active.ended) return;
      else await moreLines(active, signal);
    }
  }

  async #linesOnDisk(jobId: string): Promise<string[]> {
    if (!existsSync(this.#file(jobId))) return [];
    const lines: string[] = [];
    for await (const line of createInterface({ input: createReadStream(this.#file(jobId), 'utf8') })) lines.push(line);
    return lines;
  }

  /** Deletes the log of a job that is not open. Rejects with `StorageError`. */
  async remove(jobId: string): Promise<void> {
    try {
      await rm(this.#file(jobId), { force: true });
    } catch (error) {
      throw storageErrorOf(error, 'remove', this.#file(jobId));
    }
  }

  #file(jobId: string): string {
    return join(this.#paths.logs, `${jobId}.log`);
  }
}

/** What an earlier process wrote of a job that has not begun: a few lines. A file that cannot be read begins anew. */
function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}

function wake(log: ActiveLog): void {
  const waiting = [...log.waiting];
  log.waiting.clear();
  for (const resume of waiting) resume();
}

function moreLines(log: ActiveLog, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const resume = () => {
      signal.removeEventListener('abort', resume);
      log.waiting.delete(resume);
      resolve();
    };
    log.waiting.add(resume);
    signal.addEventListener('abort', resume, { once: true });
  });
}
