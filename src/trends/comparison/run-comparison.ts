/** Several runs side by side: the figures of each, and what the judge of `typhon compare` says of each beside the first. */
import * as z from 'zod';
import { testCategories } from '../../benchmark/plan.js';
import type { BenchmarkResult, TestResult } from '../../benchmark/result.js';
import { changeSchema } from '../changes/what-changed.js';
import { type ComparisonOptions, compareResults } from './comparison.js';

const known = z.number().nullable();
const interval = z.tuple([z.number(), z.number()]);
const version = z.union([z.number().int(), z.string()]);
const verdicts = ['worse', 'better', 'no_difference', 'not_comparable'] as const;

const runSchema = z.object({
  run_id: z.string(),
  run_at: z.string(),
  mode: z.string(),
  target: z.string(),
  model: z.string(),
  server: z.string(),
  workload_version: version,
});

const figureSchema = z.object({
  verdict: z.enum(['worse', 'better', 'no_difference']),
  unit: z.string(),
  before: z.number(),
  after: z.number(),
  before_ci95: interval.nullable(),
  after_ci95: interval.nullable(),
  /** Of the second to the first, less 1. */
  change_ratio: z.number(),
  change_ci95: interval,
  /** Two-sided, corrected for the number of tests. */
  p_value: z.number(),
  noise: z.object({
    cv: z.number(),
    degrees_of_freedom: z.number(),
    from: z.enum(['history', 'repeats', 'tests']),
  }),
});

export const comparisonSchema = z
  .object({
    before: runSchema,
    after: runSchema,
    verdict: z.enum(verdicts),
    reason: z.string().nullable().meta({ description: 'Why there is no verdict on any test' }),
    method: z.object({ test: z.string(), drop: z.number(), significance: z.number() }),
    tests: z.array(
      z.object({
        test_id: z.string(),
        name: z.string(),
        verdict: z.enum(verdicts),
        reason: z.string().nullable(),
        figures: z.array(
          z.object({
            figure: z.enum([
              'decode_tps',
              'aggregate_tps',
              'prefill_tps',
              'ttft_s',
              'peak_vram_mb',
              'joules_per_token',
            ]),
            unit: z.string(),
            before: z.number(),
            after: z.number(),
            ratio: z.number(),
          }),
        ),
        decode_speed: figureSchema.nullable(),
        ttft: figureSchema.nullable(),
      }),
    ),
    changes: z.array(changeSchema),
    remarks: z.array(z.string()),
  })
  .meta({ id: 'Comparison' });

const sideSchema = runSchema.extend({
  machine_id: z.string(),
  quantisation: z.string().nullable(),
  gpus: z.array(z.string()).meta({ description: 'Their names, as the inventory of the run has them' }),
  model_load_s: known,
  tests: z.array(
    z.object({
      test_id: z.string(),
      name: z.string(),
      category: z.enum(testCategories),
      ctx_size: z.number().int(),
      error: z.string().nullable(),
      decode_tps: known,
      decode_ci95: interval.nullable().meta({ description: 'Of the repetitions of this run alone' }),
      ttft_s: known,
      prefill_tps: known,
      peak_vram_mb: known,
      avg_power_w: known,
      joules_per_token: known,
    }),
  ),
});
export type ComparedSide = z.infer<typeof sideSchema>;

export const runComparisonSchema = z
  .object({
    runs: z.array(sideSchema).meta({ description: 'In the order asked for' }),
    comparisons: z.array(comparisonSchema).meta({ description: 'Each run but the first, beside the first' }),
  })
  .meta({ id: 'RunComparison' });
export type RunComparison = z.infer<typeof runComparisonSchema>;

/** `results` are two or more; the first is what the others are held against. */
export function runComparison(results: readonly BenchmarkResult[], options: ComparisonOptions): RunComparison {
  const [first, ...others] = results;
  const comparisons = first === undefined ? [] : others.map((other) => compareResults(first, other, options));
  // What it answers is made of lists that nobody alters.
  return runComparisonSchema.parse({ runs: results.map(sideOf), comparisons });
}

function sideOf(result: BenchmarkResult): ComparedSide {
  const { run_id, run_at, mode, target, model, workload_version, machine_id, server, model_load_s } = result;
  return {
    run_id,
    run_at,
    mode,
    target,
    model,
    server: server.version === null ? server.name : `${server.name} ${server.version}`,
    workload_version,
    machine_id,
    quantisation: server.quantisation,
    gpus: result.profile_snapshot.gpus.flatMap(({ name }) => (typeof name === 'string' ? [name] : [])),
    model_load_s,
    tests: result.benchmarks.filter(({ category }) => category !== 'canary').map(testOf),
  };
}

function testOf(test: TestResult): ComparedSide['tests'][number] {
  return {
    test_id: test.test_id,
    name: test.name,
    category: test.category,
    ctx_size: test.ctx_size,
    error: test.error,
    decode_tps: test.avg_tps,
    decode_ci95: test.ci95_tps ?? null,
    ttft_s: test.avg_ttft_s,
    prefill_tps: test.avg_prefill_tps,
    peak_vram_mb: test.gpu_stats?.peak_vram_used_mb ?? null,
    avg_power_w: test.gpu_stats?.avg_power_w ?? null,
    joules_per_token: test.gpu_stats?.joules_per_token ?? null,
  };
}
