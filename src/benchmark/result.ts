/**
 * A finished benchmark as it stands in `last_run.json` and is answered over HTTP: snake_case, units in the names,
 * `null` for whatever is unknown.
 */
import * as z from 'zod';
import { canarySchema } from './canary/canary-result.js';
import { requestErrors } from './client/failure.js';
import { gpuFigureShape, testFigureShape } from './figures/figure-schemas.js';
import { findingSchema } from './finding.js';
import { serverKinds } from './inference-server.js';
import { benchmarkModes, testCategories } from './plan.js';

const known = z.number().nullable();

export const tokenCountSources = ['server_usage', 'server_timings', 'tokenizer', 'chunk_estimate'] as const;
export type TokenCountSource = (typeof tokenCountSources)[number];

/** Reasons why a figure of a successful run is missing or to be read with care. */
export const runFlags = [
  'cached_prompt',
  'prompt_off_target',
  'output_off_target',
  'chunk_estimate',
  'client_gap',
  'arrivals_clumped',
  'implausible_usage',
  /** The server loaded the model before it answered. */
  'model_reloaded',
  /** Another stream of its wave failed: it enters no figure. */
  'partial_wave',
] as const;
export type RunFlag = (typeof runFlags)[number];

/** Where a decode speed comes from: the stamps at our socket, or the server's own timings where those cannot be true. */
export const tpsSources = ['socket', 'server'] as const;
export type TpsSource = (typeof tpsSources)[number];

/** Set where the first connection broke before the server said a word, so that the request was sent once more. */
const retried = z.literal(true).optional();

/** One request that brought tokens. Times in seconds, speeds in tokens per second. */
export const successfulRunSchema = z.object({
  success: z.literal(true),
  /** Decode speed, (n − k) / (t_last − t_first) with k tokens in what came first. */
  tps: known,
  /** `null` where `tps` is unknown, and in results of older versions. */
  tps_source: z.enum(tpsSources).nullable().default(null),
  /** From the request's hand-over to the end of its stream. */
  elapsed_s: z.number(),
  /** From the request's hand-over to the first token, reasoning included. */
  ttft_s: known,
  /**
   * In place of `ttft_s` where the server had no slot for the stream before another of its wave had ended: it waited for
   * its turn. Absent in results of older versions.
   */
  queued_ttft_s: known.default(null),
  /** The same to the first token that is not reasoning. */
  ttft_answer_s: known,
  /** (elapsed − TTFT) / (n − 1), as vLLM defines time per output token. */
  tpot_s: known,
  /** prompt_tokens / ttft_s, where the prompt was not cached. */
  prefill_tps: known,
  /** What n − 1 tokens took at that speed. */
  decode_s: known,
  itl_p50_s: known,
  itl_p95_s: known,
  itl_p99_s: known,
  prompt_tokens: z.number().int().nullable(),
  completion_tokens: z.number().int(),
  cached_tokens: z.number().int().nullable(),
  /** What the server spent on having the model ready, where it tells. Absent in results of older versions. */
  load_s: known.default(null),
  /** Of the tokens that a draft proposed, the share that the model accepted. Absent in results of older versions. */
  draft_acceptance: known.default(null),
  token_count_source: z.enum(tokenCountSources),
  server_timings: z.record(z.string(), z.union([z.number(), z.string()])).nullable(),
  flags: z.array(z.enum(runFlags)),
  retried,
});
export type SuccessfulRun = z.infer<typeof successfulRunSchema>;

export const failedRunSchema = z.object({
  success: z.literal(false),
  error: z.enum(requestErrors),
  /** The HTTP status, for `http_error` and the errors read from one. */
  status: z.number().int().optional(),
  /** The server's own words, at most 500 characters. */
  error_detail: z.string().optional(),
  /** Set where the server read less of the prompt than was sent, in tokens. */
  prompt_truncated: z.object({ sent: z.number().int(), read: z.number().int() }).optional(),
  retried,
});
export type FailedRun = z.infer<typeof failedRunSchema>;

export const runSchema = z.discriminatedUnion('success', [successfulRunSchema, failedRunSchema]);
export type RequestResult = z.infer<typeof runSchema>;

/** Over the timed runs of a test. */
const gpuFigures = {
  ...gpuFigureShape,
  /** Readings used; a window shorter than two intervals counts the nearest on each side. */
  sample_count: z.number().int(),
};

/** One GPU: the same figures, what it is, and what explains its speed. */
const singleGpuStatsSchema = z.object({
  index: z.number().int(),
  uuid: z.string().nullable(),
  name: z.string().nullable(),
  /** Unified memory is shared with the CPU: its use is the whole machine's. */
  memory: z.enum(['dedicated', 'unified']),
  ...gpuFigures,
  vram_total_mb: known,
  peak_memory_temp_c: known,
  power_limit_w: known,
  avg_sm_clock_mhz: known,
  avg_memory_clock_mhz: known,
  /** The best link seen in the window, and the best that the card can do: a link rests at a lower speed. */
  pcie_gen: known,
  pcie_gen_max: known,
  pcie_width: known,
  pcie_width_max: known,
  /** Reasons seen: the share of readings, and the driver's own count of seconds where it keeps one. */
  throttling: z.array(
    z.object({ reason: z.string(), kind: z.enum(['thermal', 'power']), ratio: known, seconds: known }),
  ),
  /** Uncorrected memory errors that were counted during the window. */
  new_ecc_errors: known,
});
export type SingleGpuStats = z.infer<typeof singleGpuStatsSchema>;

/** All GPUs together: memory, power and energy added, the highest temperature and throttled share, mean utilisation. */
export const gpuStatsSchema = z.object({ ...gpuFigures, gpus: z.array(singleGpuStatsSchema) });
export type GpuStats = z.infer<typeof gpuStatsSchema>;

/** The processor packages in the same window and units; power and energy are theirs alone, without memory or board. */
export const hostStatsSchema = z.object({
  start_temp_c: known.default(null),
  peak_temp_c: known,
  avg_temp_c: known,
  peak_power_w: known,
  avg_power_w: known,
  avg_util_pct: known,
  energy_j: known,
  joules_per_token: known,
  sample_count: z.number().int(),
});
export type HostStats = z.infer<typeof hostStatsSchema>;

export const testResultSchema = z.object({
  test_id: z.string(),
  name: z.string(),
  category: z.enum(testCategories),
  ctx_size: z.number().int(),
  max_tokens: z.number().int(),
  concurrency: z.number().int(),
  /** Runs (waves, for a load test) that were made, at least those planned; the warm-up included. */
  n_runs: z.number().int(),
  /** Requests that the figures are of. */
  successful_runs: z.number().int(),
  /** Why the test has no timed success: its first error. `null` where it has one. */
  error: z.enum(requestErrors).nullable(),
  error_detail: z.string().nullable(),
  ...testFigureShape,
  gpu_stats: gpuStatsSchema.nullable(),
  host_stats: hostStatsSchema.nullable(),
  findings: z.array(findingSchema),
  /** Of the canary alone, where both answers came. Absent in results of older versions. */
  canary: canarySchema.nullable().default(null),
  warmup_run: runSchema.nullable(),
  runs: z.array(runSchema),
});
export type TestResult = z.infer<typeof testResultSchema>;

const serverIdentitySchema = z.object({
  name: z.string(),
  kind: z.enum(serverKinds),
  version: z.string().nullable(),
  port: z.number().int().nullable(),
  api_base: z.string(),
  context_length: z.number().int().nullable(),
  /** Requests that it works on at once: further streams of a load test wait. Absent in results of older versions. */
  slots: z.number().int().nullable().default(null),
  /** The file behind the model, as the server tells: its name without folders, or the beginning of its digest. */
  model_file: z.string().nullable().default(null),
  /** In the server's words: `Q4_K_M`. */
  quantisation: z.string().nullable().default(null),
});

/** Inventory of the machine at the time of the run. */
export const profileSnapshotSchema = z.looseObject({
  gpus: z.array(z.looseObject({})),
  cpu: z.looseObject({}),
  ram: z.looseObject({}),
});

/** A stretch of time in which a run measured. */
export const segmentSchema = z.object({ from: z.string(), to: z.string() });
export type Segment = z.infer<typeof segmentSchema>;

export const benchmarkResultSchema = z.object({
  run_id: z.string(),
  job_id: z.string(),
  run_at: z.string(),
  finished_at: z.string(),
  mode: z.enum(benchmarkModes),
  /** A number for the built-in workload; a word naming the change where prompts were configured. */
  workload_version: z.union([z.number().int(), z.string()]),
  agent_version: z.string(),
  machine_id: z.string(),
  target: z.string(),
  model: z.string(),
  server: serverIdentitySchema,
  /** From asking the server to load the model until it was ready; `null` where it was loaded already. */
  model_load_s: known.default(null),
  benchmarks: z.array(testResultSchema),
  skipped: z.array(z.object({ test_id: z.string(), reason: z.string() })),
  /**
   * Of a run that was paused or interrupted, the stretches in which its tests were measured: between them lie the
   * interruptions. Empty for a run in one go.
   */
  segments: z.array(segmentSchema).default([]),
  profile_snapshot: profileSnapshotSchema,
});
export type BenchmarkResult = z.infer<typeof benchmarkResultSchema>;
