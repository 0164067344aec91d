/** What the history shows of each run: kept on disk, so that thousands of results are not read for it. */
import { appendFile } from 'node:fs/promises';
import * as z from 'zod';
import { findingCodes } from '../benchmark/finding.js';
import { parsedJson } from '../benchmark/json-text.js';
import type { BenchmarkResult } from '../benchmark/result.js';
import { rowsOf } from '../chronicle/row.js';
import { readRun } from '../chronicle/run-folder.js';
import type { StoragePaths } from '../chronicle/storage.js';
import { readTextFile } from '../chronicle/text-file.js';
import { runFigures } from '../trends/measured/run-list.js';

const known = z.number().nullable();

export const runHeadlineSchema = z
  .object({
    run_id: z.string(),
    /** Of the short prompt: tokens per second of one stream, seconds to the first token, joules per token. */
    decode_tps: known,
    ttft_s: known,
    joules_per_token: known,
    /** Of the smallest filled context. */
    prefill_tps: known,
    /** The highest over all tests. */
    peak_vram_mb: known,
    tests: z.number().int(),
    failed_tests: z.number().int(),
    /** Of any test, each once, the most telling first. */
    findings: z.array(z.enum(findingCodes)),
  })
  .meta({ id: 'RunHeadline' });
export type RunHeadline = z.infer<typeof runHeadlineSchema>;

export function runHeadline(result: BenchmarkResult): RunHeadline {
  const run = runFigures(rowsOf(result));
  const found = new Set(result.benchmarks.flatMap(({ findings }) => findings.map(({ code }) => code)));
  return {
    run_id: result.run_id,
    decode_tps: run?.decode_tps ?? null,
    ttft_s: run?.ttft_s ?? null,
    joules_per_token: run?.joules_per_token ?? null,
    prefill_tps: run?.prefill_tps ?? null,
    peak_vram_mb: run?.peak_vram_mb ?? null,
    tests: result.benchmarks.length,
    failed_tests: result.benchmarks.filter(({ error }) => error !== null).length,
    findings: findingCodes.filter((code) => found.has(code)),
  };
}

type HeadlinePaths = Pick<StoragePaths, 'runHeadlines' | 'runs'>;

export class RunHeadlines {
  readonly #paths: StoragePaths;
  #known: Promise<Map<string, RunHeadline>> | undefined;
  /** Not asked for twice: their results are gone or cannot be read. */
  readonly #unreadable = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(paths: StoragePaths) {
    this.#paths = paths;
  }

  /** Of those runs that are known or can be read. Throws `StorageError`. */
  of(runIds: readonly string[]): Promise<ReadonlyMap<string, RunHeadline>> {
    // One after the other: two that ask for the same would read and keep it twice.
    const turn = this.#turn.catch(() => undefined).then(() => this.#of(runIds));
    this.#turn = turn;
    return turn;
  }

  async #of(runIds: readonly string[]): Promise<ReadonlyMap<string, RunHeadline>> {
    this.#known ??= readHeadlines(this.#paths);
    const kept = await this.#known;
    const read: RunHeadline[] = [];
    for (const runId of runIds) {
      if (kept.has(runId) || this.#unreadable.has(runId)) continue;
      const headline = await readRun(runId, this.#paths).then(runHeadline, () => undefined);
      if (headline === undefined) this.#unreadable.add(runId);
      else {
        kept.set(runId, headline);
        read.push(headline);
      }
    }
    // It spares the reading and no more: what cannot be kept is read again after the next start.
    if (read.length > 0) await append(this.#paths, read).catch(() => undefined);
    return kept;
  }
}

function append({ runHeadlines }: HeadlinePaths, headlines: readonly RunHeadline[]): Promise<void> {
  return appendFile(runHeadlines, headlines.map((headline) => `${JSON.stringify(headline)}\n`).join(''));
}

/** Lines that are none are passed over: a crash may have torn one. */
async function readHeadlines({ runHeadlines }: HeadlinePaths): Promise<Map<string, RunHeadline>> {
  const text = (await readTextFile(runHeadlines)) ?? '';
  const headlines = text.split('\n').flatMap((line) => {
    const value = line === '' ? undefined : parsedJson(line);
    return runHeadlineSchema.safeParse(value).data ?? [];
  });
  return new Map(headlines.map((headline) => [headline.run_id, headline]));
}
