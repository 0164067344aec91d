/**
 * One line of `chronicle.jsonl`: one test of one run, flat, so that any tool that reads JSON lines can query it.
 * Times in seconds, speeds in tokens per second, sizes of memory in GiB or, from the GPU's driver, in MiB.
 */
import * as z from 'zod';
import type { BenchmarkResult, TestResult } from '../benchmark/result.js';
import { machineOf } from './row-machine.js';

const word = z.string().nullable().default(null);
const figure = z.number().nullable().default(null);
const count = z.number().int().nullable().default(null);

/**
 * What tells the series apart must be there; whatever else an older version did not write is `null`, and fields of a
 * newer version are kept. The order is the order in the file.
 */
export const chronicleRowSchema = z.looseObject({
  run_at: z.iso.datetime(),
  run_id: z.string(),
  machine_id: z.string(),
  agent_version: word,
  workload_version: z.union([z.number().int(), z.string()]),
  target: z.string(),
  mode: word,
  test_id: z.string(),
  category: word,
  gpu_name: word,
  gpu_vram_gb: figure,
  gpu_vendor: word,
  gpu_driver: word,
  cpu_name: word,
  cpu_cores_phys: count,
  ram_total_gb: figure,
  model: z.string(),
  server_name: word,
  server_version: word,
  ctx_size: count,
  max_tokens: count,
  n_runs: count,
  successful_runs: count,
  avg_tps: figure,
  best_tps: figure,
  cv_tps: figure,
  avg_prefill_tps: figure,
  avg_ttft_s: figure,
  avg_elapsed_s: figure,
  prompt_tokens: count,
  completion_tokens: count,
  peak_vram_used_mb: figure,
  avg_vram_used_mb: figure,
  peak_temp_c: figure,
  avg_temp_c: figure,
  peak_power_w: figure,
  avg_power_w: figure,
  avg_util_pct: figure,
  energy_j: figure,
  joules_per_token: figure,
  throttled_ratio: figure,
});
export type ChronicleRow = z.infer<typeof chronicleRowSchema>;

/** One row for each test with a timed success, in the order in which they ran. */
export function rowsOf(result: BenchmarkResult): ChronicleRow[] {
  return result.benchmarks.filter((test) => test.successful_runs > 0).map((test) => rowOf(result, test));
}

function rowOf(result: BenchmarkResult, test: TestResult): ChronicleRow {
  const machine = machineOf(result.profile_snapshot);
  const gpu = test.gpu_stats;
  return {
    run_at: result.run_at,
    run_id: result.run_id,
    machine_id: result.machine_id,
    agent_version: result.agent_version,
    workload_version: result.workload_version,
    target: result.target,
    mode: result.mode,
    test_id: test.test_id,
    category: test.category,
    gpu_name: machine.gpu_name,
    gpu_vram_gb: machine.gpu_vram_gb,
    gpu_vendor: machine.gpu_vendor,
    gpu_driver: machine.gpu_driver,
    cpu_name: machine.cpu_name,
    cpu_cores_phys: machine.cpu_cores_phys,
    ram_total_gb: machine.ram_total_gb,
    model: result.model,
    server_name: result.server.name,
    server_version: result.server.version,
    ctx_size: test.ctx_size,
    max_tokens: test.max_tokens,
    n_runs: test.n_runs,
    successful_runs: test.successful_runs,
    avg_tps: test.avg_tps,
    best_tps: test.best_tps,
    cv_tps: test.cv_tps,
    avg_prefill_tps: test.avg_prefill_tps,
    avg_ttft_s: test.avg_ttft_s,
    avg_elapsed_s: test.avg_elapsed_s,
    prompt_tokens: test.prompt_tokens,
    completion_tokens: test.completion_tokens,
    peak_vram_used_mb: gpu?.peak_vram_used_mb ?? null,
    avg_vram_used_mb: gpu?.avg_vram_used_mb ?? null,
    peak_temp_c: gpu?.peak_temp_c ?? null,
    avg_temp_c: gpu?.avg_temp_c ?? null,
    peak_power_w: gpu?.peak_power_w ?? null,
    avg_power_w: gpu?.avg_power_w ?? null,
    avg_util_pct: gpu?.avg_util_pct ?? null,
    energy_j: gpu?.energy_j ?? null,
    joules_per_token: gpu?.joules_per_token ?? null,
    throttled_ratio: gpu?.throttled_ratio ?? null,
  };
}
