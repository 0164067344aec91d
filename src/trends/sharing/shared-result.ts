/** Shared figures as results, so that they stand beside a run: means without the requests behind them. */
import { createHash } from 'node:crypto';
import type { BenchmarkResult, TestResult } from '../../benchmark/result.js';
import { namesWith, valuesOf } from '../../shared/figure-table.js';
import { gpuFigures } from '../../shared/gpu-figures.js';
import { testFigures } from '../../shared/test-figures.js';
import { testName } from '../../shared/test-name.js';
import type { SharedFigures, SharedModel, SharedTest } from './shared-figures.js';

/** What such a result has in place of a machine and a target, which the file does not tell. */
export const SHARED = 'shared';

/** One for each model of the file. */
export function resultsOfShared({ models }: SharedFigures): BenchmarkResult[] {
  return models.map(resultOf);
}

function resultOf(shared: SharedModel): BenchmarkResult {
  const measuredOn = shared.tests.map(({ measured_on: day }) => day).reduce((a, b) => (a > b ? a : b));
  const runAt = `${measuredOn}T00:00:00.000Z`;
  const id = createHash('sha256').update(JSON.stringify(shared)).digest('hex').slice(0, 8);
  const { hardware } = shared;
  return {
    run_id: `${SHARED}_${measuredOn}_${id}`,
    job_id: id,
    run_at: runAt,
    finished_at: runAt,
    mode: shared.mode,
    workload_version: shared.workload_version,
    agent_version: shared.agent_version ?? '',
    machine_id: SHARED,
    target: SHARED,
    model: shared.model,
    server: {
      name: shared.server_name ?? shared.server_kind ?? 'unknown server',
      kind: shared.server_kind ?? 'openai',
      version: shared.server_version,
      port: null,
      api_base: '',
      context_length: null,
      slots: null,
      model_file: shared.model_file,
      quantisation: shared.quantisation,
    },
    model_load_s: shared.model_load_s,
    benchmarks: shared.tests.map(testOf),
    skipped: [],
    segments: [],
    profile_snapshot: {
      gpus:
        hardware.gpu_name === null
          ? []
          : [
              {
                name: hardware.gpu_name,
                vendor: hardware.gpu_vendor,
                vram_gb: hardware.gpu_vram_gb,
                driver_version: hardware.gpu_driver,
              },
            ],
      cpu: { name: hardware.cpu_name, physical_cores: hardware.cpu_cores_phys },
      ram: { total_gb: hardware.ram_total_gb },
    },
  };
}

function testOf(test: SharedTest): TestResult {
  const known: Readonly<Record<string, unknown>> = test;
  const figureOf = (name: string): number | null => {
    const value = known[name];
    return typeof value === 'number' ? value : null;
  };
  const gpu = valuesOf(namesWith(gpuFigures, 'unit'), figureOf);
  const hasGpu = Object.values(gpu).some((value) => value !== null);
  return {
    ...valuesOf(namesWith(testFigures, 'unit'), figureOf),
    ci95_tps: null,
    ci95_ttft_s: null,
    test_id: test.test_id,
    name: testName(test.test_id),
    category: test.category,
    ctx_size: test.ctx_size,
    max_tokens: test.max_tokens,
    concurrency: test.concurrency,
    n_runs: test.n_runs,
    successful_runs: test.successful_runs,
    error: null,
    error_detail: null,
    gpu_stats: hasGpu ? { ...gpu, sample_count: 0, gpus: [] } : null,
    host_stats: null,
    findings: [],
    canary: null,
    warmup_run: null,
    runs: [],
  };
}
