/** The environment in which a run took place: what may explain that it was slower than the one before. */
import * as z from 'zod';
import type { BenchmarkResult, GpuStats, TestResult } from '../../benchmark/result.js';
import type { ChronicleRow } from '../../chronicle/row.js';
import { quantisationOf, type StoredModel } from '../../shared/quantisation.js';
import type { Setting } from './changed-setting.js';

/** What is unknown is absent. Sizes and units are those of the factor. */
export type EnvironmentSnapshot = Readonly<Partial<Record<Setting, string | number>>>;

type Facts = Readonly<Record<Setting, string | number | null | undefined>>;

function known(facts: Partial<Facts>): EnvironmentSnapshot {
  return Object.fromEntries(
    Object.entries(facts).filter(([, value]) => value !== null && value !== undefined && value !== ''),
  );
}

/** As far as a row of the chronicle tells. */
export function environmentOfRow(row: ChronicleRow): EnvironmentSnapshot {
  return known({
    gpu: row.gpu_name,
    gpu_driver: row.gpu_driver,
    server: row.server_name,
    server_version: row.server_version,
    model: row.model,
    model_file: row.model_file,
    quantisation: storedAs(row),
    throttled_ratio: row.throttled_ratio,
    gpu_temperature: row.avg_temp_c,
    cpu: row.cpu_name,
    ram_total_gb: row.ram_total_gb,
    agent_version: row.agent_version,
  });
}

const word = z.string().nullable().catch(null);
const figure = z.number().nullable().catch(null);

// The snapshot is inventory from another part: what is missing or odd in it is unknown.
const snapshotSchema = z.object({
  gpus: z.array(z.object({ name: word, driver_version: word }).catch({ name: null, driver_version: null })),
  cpu: z.object({ name: word }),
  ram: z.object({ total_gb: figure, speed_mts: figure }),
  os: z.object({ kernel: word }).catch({ kernel: null }),
});

/** As far as a whole result tells: of the run, and of one of its tests where it has it. */
export function environmentOfResult(result: BenchmarkResult, testId: string): EnvironmentSnapshot {
  const { gpus, cpu, ram, os } = snapshotSchema.parse(result.profile_snapshot);
  const test = result.benchmarks.find(({ test_id }) => test_id === testId);
  return known({
    gpu: namesOf(gpus.flatMap(({ name }) => name ?? [])),
    gpu_driver: namesOf([...new Set(gpus.flatMap(({ driver_version }) => driver_version ?? []))]),
    server: result.server.name,
    server_version: result.server.version,
    model: result.model,
    model_file: result.server.model_file,
    quantisation: storedAs({ ...result.server, model: result.model }),
    context_length: result.server.context_length,
    ...gpuFacts(test?.gpu_stats ?? null),
    cpu_start_temperature: test?.host_stats?.start_temp_c,
    other_processes: otherProcesses(test),
    kernel: os.kernel,
    cpu: cpu.name,
    ram_total_gb: ram.total_gb,
    ram_speed_mts: ram.speed_mts,
    agent_version: result.agent_version,
  });
}

/** Of several GPUs the weakest counts: the slowest link holds up the others. */
function gpuFacts(stats: GpuStats | null): Partial<Facts> {
  if (stats === null) return {};
  const lowest = (figures: readonly (number | null)[]): number | undefined => {
    const seen = figures.filter((value) => value !== null);
    return seen.length === 0 ? undefined : Math.min(...seen);
  };
  return {
    pcie_width: lowest(stats.gpus.map((gpu) => gpu.pcie_width)),
    pcie_generation: lowest(stats.gpus.map((gpu) => gpu.pcie_gen)),
    power_limit_w: lowest(stats.gpus.map((gpu) => gpu.power_limit_w)),
    sm_clock_mhz: lowest(stats.gpus.map((gpu) => gpu.avg_sm_clock_mhz)),
    memory_clock_mhz: lowest(stats.gpus.map((gpu) => gpu.avg_memory_clock_mhz)),
    throttled_ratio: stats.throttled_ratio,
    gpu_start_temperature: stats.start_temp_c,
    gpu_temperature: stats.avg_temp_c,
  };
}

function otherProcesses(test: TestResult | undefined): string | undefined {
  if (test === undefined || test.gpu_stats === null) return undefined;
  return test.findings.some(({ code }) => code === 'other_gpu_process') ? 'on the GPU' : 'none seen';
}

function namesOf(names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : names.toSorted().join(' + ');
}

/** In one spelling, whoever told it. */
function storedAs(model: StoredModel): string | undefined {
  return quantisationOf(model)?.toLowerCase();
}
