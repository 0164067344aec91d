/** The newest runs with their headline figures, from the chronicle's rows: what `typhon runs` and `GET /runs` tell. */
import * as z from 'zod';
import type { ChronicleRow } from '../../chronicle/row.js';
import { quantisationOf } from '../../shared/quantisation.js';
import { type Present, type Standing, standingOf } from './standing.js';

const known = z.number().nullable();
const word = z.string().nullable();

const listedRunSchema = z.object({
  run_id: z.string(),
  run_at: z.string(),
  target: z.string(),
  model: z.string(),
  mode: word,
  server_kind: word,
  quantisation: word,
  workload_version: z.union([z.number().int(), z.string()]),
  /** Of another workload version than what is measured now: no figure to compare with the others. */
  is_other_workload: z.boolean(),
  /** Measured more than 30 days ago. */
  is_old: z.boolean(),
  /** With a timed success. */
  tests: z.number().int(),
  /** Of the short prompt: decode speed of one stream in tokens per second, seconds to the first token, joules per token. */
  decode_tps: known,
  ttft_s: known,
  joules_per_token: known,
  /** Of the smallest filled context. */
  prefill_tps: known,
  /** The highest over all tests. */
  peak_vram_mb: known,
});
export type ListedRun = z.infer<typeof listedRunSchema>;

/** Whenever it is told. */
export type RunFigures = Omit<ListedRun, keyof Standing>;

export const runListSchema = z.object({
  generated_at: z.iso.datetime(),
  /** What is measured now. */
  workload_version: z.union([z.number().int(), z.string()]),
  /** The newest first. */
  runs: z.array(listedRunSchema),
});
export type RunList = z.infer<typeof runListSchema>;

/** `rows` in the chronicle's order; a run that they begin in the middle of has only a part of its figures. */
export function runList(
  rows: readonly ChronicleRow[],
  { limit, ...present }: Present & { readonly limit: number },
): RunList {
  const runs = new Map<string, ChronicleRow[]>();
  for (const row of rows) {
    const known = runs.get(row.run_id);
    if (known === undefined) runs.set(row.run_id, [row]);
    else known.push(row);
  }
  const newest = [...runs.values()].toReversed().slice(0, limit);
  return {
    generated_at: present.now.toISOString(),
    workload_version: present.workloadVersion,
    runs: newest.flatMap((own) => {
      const run = runFigures(own);
      return run === undefined ? [] : [{ ...run, ...standingOf(run, present) }];
    }),
  };
}

/** One run, of all of its rows; `undefined` without any. */
export function runFigures(rows: readonly ChronicleRow[]): RunFigures | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const short = rows.find(({ category }) => category === 'baseline');
  const [smallest] = rows
    .filter(({ category }) => category === 'context_sweep')
    .sort((a, b) => (a.ctx_size ?? 0) - (b.ctx_size ?? 0));
  const vram = rows.flatMap(({ peak_vram_used_mb: peak }) => peak ?? []);
  return {
    run_id: first.run_id,
    run_at: first.run_at,
    target: first.target,
    model: first.model,
    mode: first.mode,
    server_kind: first.server_kind,
    quantisation: quantisationOf(first) ?? null,
    workload_version: first.workload_version,
    tests: new Set(rows.map(({ test_id }) => test_id)).size,
    decode_tps: short?.avg_tps ?? null,
    ttft_s: short?.avg_ttft_s ?? null,
    joules_per_token: short?.joules_per_token ?? null,
    prefill_tps: smallest?.avg_prefill_tps ?? null,
    peak_vram_mb: vram.length === 0 ? null : Math.max(...vram),
  };
}
