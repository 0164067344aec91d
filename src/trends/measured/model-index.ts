/** The newest figures of every model that was ever measured: folds the chronicle's rows in, in their order. */
import * as z from 'zod';
import type { ChronicleRow } from '../../chronicle/row.js';

const known = z.number().nullable();
const word = z.string().nullable();

/** One test of a model as it was measured last. Tokens per second, seconds, MiB, joules per token. */
const measuredTestSchema = z.object({
  test_id: z.string(),
  category: word,
  ctx_size: known,
  run_id: z.string(),
  run_at: z.string(),
  workload_version: z.union([z.number().int(), z.string()]),
  /** Decode speed of one stream. */
  avg_tps: known,
  /** All streams of a load test together. */
  aggregate_tps: known,
  avg_prefill_tps: known,
  avg_ttft_s: known,
  peak_vram_used_mb: known,
  joules_per_token: known,
});
export type MeasuredTest = z.infer<typeof measuredTestSchema>;

const measuredModelSchema = z.object({
  machine_id: z.string(),
  target: z.string(),
  model: z.string(),
  server_kind: word,
  server_name: word,
  server_version: word,
  model_file: word,
  quantisation: word,
  /** Of the last run for which the model was loaded, and when that was. */
  model_load: z.object({ seconds: z.number(), run_at: z.string() }).nullable(),
  /** Of the last run. */
  run_id: z.string(),
  run_at: z.string(),
  mode: word,
  tests: z.array(measuredTestSchema),
});
export type MeasuredModel = z.infer<typeof measuredModelSchema>;

export const modelIndexSchema = z.object({
  version: z.literal(1),
  /** The row that was folded in last. */
  last: z.object({ run_id: z.string(), test_id: z.string() }).nullable(),
  /** That of the newest run last. */
  models: z.array(measuredModelSchema),
});
/** An index as it is kept on disk. */
export type ModelIndexSnapshot = z.infer<typeof modelIndexSchema>;

/** What a row is known by. */
type RowName = Pick<ChronicleRow, 'run_id' | 'test_id'>;

/** Whoever tries out models without end must not fill the memory; those not measured for longest go first. */
const MOST_MODELS = 1000;

export class ModelIndex {
  /** That of the newest run last. */
  readonly #models = new Map<string, MeasuredModel>();
  #last: RowName | null;

  constructor(snapshot?: ModelIndexSnapshot) {
    this.#last = snapshot?.last ?? null;
    for (const model of snapshot?.models ?? []) this.#models.set(keyOf(model), model);
  }

  /** Every model of every target and machine, that of the newest run last. */
  models(): readonly MeasuredModel[] {
    return [...this.#models.values()];
  }

  /** Whether the row was the last one to be folded in. */
  endsWith(row: RowName): boolean {
    return this.#last?.run_id === row.run_id && this.#last.test_id === row.test_id;
  }

  fold(row: ChronicleRow): void {
    const key = keyOf(row);
    const earlier = this.#models.get(key);
    this.#models.delete(key);
    this.#models.set(key, withRow(earlier, row));
    const [oldest] = this.#models.keys();
    if (oldest !== undefined && this.#models.size > MOST_MODELS) this.#models.delete(oldest);
    this.#last = { run_id: row.run_id, test_id: row.test_id };
  }

  snapshot(): ModelIndexSnapshot {
    return { version: 1, last: this.#last, models: [...this.#models.values()] };
  }
}

function keyOf({ machine_id, target, model }: Pick<MeasuredModel, 'machine_id' | 'target' | 'model'>): string {
  return JSON.stringify([machine_id, target, model]);
}

function withRow(earlier: MeasuredModel | undefined, row: ChronicleRow): MeasuredModel {
  // Figures of other weights under the same name are not those of this model.
  const same = earlier !== undefined && isSameFile(earlier, row) ? earlier : undefined;
  const others = (same?.tests ?? []).filter(({ test_id }) => test_id !== row.test_id);
  return {
    machine_id: row.machine_id,
    target: row.target,
    model: row.model,
    server_kind: row.server_kind,
    server_name: row.server_name,
    server_version: row.server_version,
    model_file: row.model_file ?? same?.model_file ?? null,
    quantisation: row.quantisation ?? same?.quantisation ?? null,
    model_load:
      row.model_load_s === null ? (same?.model_load ?? null) : { seconds: row.model_load_s, run_at: row.run_at },
    run_id: row.run_id,
    run_at: row.run_at,
    mode: row.mode,
    tests: [...others, testOf(row)],
  };
}

/** As far as can be told: the file is not always known, and each kind of server names it in its own manner. */
function isSameFile(earlier: MeasuredModel, row: ChronicleRow): boolean {
  if (earlier.server_kind !== row.server_kind || earlier.model_file === null || row.model_file === null) return true;
  return earlier.model_file === row.model_file;
}

function testOf(row: ChronicleRow): MeasuredTest {
  return {
    test_id: row.test_id,
    category: row.category,
    ctx_size: row.ctx_size,
    run_id: row.run_id,
    run_at: row.run_at,
    workload_version: row.workload_version,
    avg_tps: row.avg_tps,
    aggregate_tps: row.aggregate_tps,
    avg_prefill_tps: row.avg_prefill_tps,
    avg_ttft_s: row.avg_ttft_s,
    peak_vram_used_mb: row.peak_vram_used_mb,
    joules_per_token: row.joules_per_token,
  };
}
