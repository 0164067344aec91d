/**
 * What `typhon export --share` writes and `typhon compare` reads: the newest figures of each model with the hardware and
 * the workload they were measured with, and nothing that tells whose machine it is. Strict: a field that is not named
 * here is in no such file.
 */
import * as z from 'zod';
import { serverKinds } from '../../benchmark/inference-server.js';
import { benchmarkModes, testCategories } from '../../benchmark/plan.js';

export const SHARED_FORMAT = 'typhon-share';
export const MOST_SHARED_CHARACTERS = 200;

const text = z.string().max(MOST_SHARED_CHARACTERS);
const word = text.nullable();
const figure = z.number().nullable();
const count = z.number().int().nonnegative();
const described = (figures: z.ZodNullable<z.ZodNumber>, description: string) => figures.meta({ description });

const hardwareSchema = z.strictObject({
  gpu_name: word,
  gpu_vendor: word,
  gpu_vram_gb: described(figure, 'GiB, of all GPUs together'),
  gpu_driver: word,
  cpu_name: word,
  cpu_cores_phys: count.nullable(),
  ram_total_gb: described(figure, 'GiB'),
});

const testSchema = z.strictObject({
  test_id: text,
  category: z.enum(testCategories),
  measured_on: z.iso.date().meta({ description: 'UTC' }),
  ctx_size: count,
  max_tokens: count,
  concurrency: count.positive().meta({ description: 'Streams at once' }),
  n_runs: count,
  successful_runs: count,
  avg_tps: described(figure, 'Decode speed of one stream, tokens per second'),
  best_tps: figure,
  cv_tps: described(figure, 'Standard deviation of the decode speed over its mean'),
  aggregate_tps: described(figure, 'All streams of a load test together, tokens per second'),
  avg_prefill_tps: described(figure, 'Tokens per second'),
  avg_ttft_s: described(figure, 'Seconds to the first token'),
  avg_elapsed_s: figure,
  prompt_tokens: figure,
  completion_tokens: figure,
  peak_vram_used_mb: described(figure, 'MiB'),
  peak_temp_c: figure,
  avg_power_w: figure,
  joules_per_token: described(figure, 'Of the GPUs alone'),
  throttled_ratio: figure,
});
export type SharedTest = z.infer<typeof testSchema>;

const modelSchema = z.strictObject({
  model: text.min(1),
  model_file: word,
  quantisation: word,
  server_kind: z.enum(serverKinds).nullable(),
  server_name: word,
  server_version: word,
  mode: z.enum(benchmarkModes),
  model_load_s: figure,
  agent_version: word,
  workload_version: z.union([z.number().int(), text]),
  hardware: hardwareSchema,
  tests: z.array(testSchema).min(1),
});
export type SharedModel = z.infer<typeof modelSchema>;

export const sharedFiguresSchema = z.strictObject({
  format: z.literal(SHARED_FORMAT),
  version: z.literal(1),
  models: z.array(modelSchema).min(1).meta({ description: 'That of the newest run last' }),
});
export type SharedFigures = z.infer<typeof sharedFiguresSchema>;

/** Whether it means to be such a file; whether it is a valid one the schema tells. */
export function isShared(content: unknown): boolean {
  return typeof content === 'object' && content !== null && 'format' in content && content.format === SHARED_FORMAT;
}

/** The JSON Schema of the file, as text; `config/share.schema.json` holds it. */
export function sharedFiguresJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(sharedFiguresSchema);
  return `${JSON.stringify({ $schema, title: 'typhon shared figures', ...schema }, undefined, 2)}\n`;
}
