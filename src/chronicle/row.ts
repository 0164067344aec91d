/**
 * One line of `chronicle.jsonl`: one test of one run, flat, so that any tool that reads JSON lines can query it.
 * Times in seconds, speeds in tokens per second, sizes of memory in GiB or, from the GPU's driver, in MiB.
 */
import * as z from 'zod';
import type { BenchmarkResult, TestResult } from '../benchmark/result.js';
import { samplesOf } from '../benchmark/samples.js';
import { namesWith, valuesOf } from '../shared/figure-table.js';
import { gpuFigures } from '../shared/gpu-figures.js';
import { testFigures } from '../shared/test-figures.js';
import { machineOf } from './row-machine.js';

const word = z.string().nullable().default(null);
const figure = z.number().nullable().default(null);
const count = z.number().int().nullable().default(null);

const figuresOfTest = namesWith(testFigures, 'inRow');
const figuresOfGpus = namesWith(gpuFigures, 'inRow');

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
  ...valuesOf(figuresOfTest, (name) => (testFigures[name].unit === 'tokens' ? count : figure)),
  ...valuesOf(figuresOfGpus, () => figure),
  server_kind: word,
  model_file: word,
  quantisation: word,
  /** Where the token counts and the decode speeds of the timed requests come from; unknown where they do not agree. */
  token_source: word,
  tps_source: word,
  /** Of the canary's answer, where it was judged or is a reference. */
  canary_sha256: word,
});
export type ChronicleRow = z.infer<typeof chronicleRowSchema>;

/** One row for each test with a timed success, in the order in which they ran. */
export function rowsOf(result: BenchmarkResult): ChronicleRow[] {
  return result.benchmarks.filter((test) => test.successful_runs > 0).map((test) => rowOf(result, test));
}

function rowOf(result: BenchmarkResult, test: TestResult): ChronicleRow {
  const machine = machineOf(result.profile_snapshot);
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
    ...valuesOf(figuresOfTest, (name) => test[name]),
    ...valuesOf(figuresOfGpus, (name) => test.gpu_stats?.[name] ?? null),
    server_kind: result.server.kind,
    model_file: result.server.model_file,
    quantisation: result.server.quantisation,
    token_source: sourceOf(test, 'token_count_source'),
    tps_source: sourceOf(test, 'tps_source'),
    canary_sha256: keptSha256(test),
  };
}

/** What may serve as a reference later, or was held against one. */
function keptSha256({ canary }: TestResult): string | null {
  if (canary === null || canary.verdict === 'not_deterministic' || canary.verdict === 'server_in_use') return null;
  return canary.sha256;
}

function sourceOf({ runs }: TestResult, field: 'token_count_source' | 'tps_source'): string | null {
  const sources = new Set(samplesOf(runs).flatMap((run) => run[field] ?? []));
  const [source = null] = sources;
  return sources.size === 1 ? source : null;
}
