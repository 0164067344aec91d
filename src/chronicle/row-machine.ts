/** The machine as a chronicle row names it, read from a result's snapshot of the hardware profile. */
import * as z from 'zod';
import type { BenchmarkResult } from '../benchmark/result.js';

export interface RowMachine {
  readonly gpu_name: string | null;
  readonly gpu_vram_gb: number | null;
  readonly gpu_vendor: string | null;
  readonly gpu_driver: string | null;
  readonly cpu_name: string | null;
  readonly cpu_cores_phys: number | null;
  readonly ram_total_gb: number | null;
}

const word = z.string().min(1).nullable().catch(null);
const figure = z.number().nullable().catch(null);

// The snapshot is inventory: a field that is missing or odd makes one column unknown, never the row unwritable.
const snapshotSchema = z.object({
  gpus: z.array(
    z.object({ name: word, vendor: word, memory: word, vram_gb: figure, driver: word, driver_version: word }),
  ),
  cpu: z.object({ name: word, physical_cores: z.number().int().nullable().catch(null) }),
  ram: z.object({ total_gb: figure }),
});
type SnapshotGpu = z.infer<typeof snapshotSchema>['gpus'][number];

/**
 * Several GPUs count together as in `gpu_stats`: their memory is added, and equal names are counted
 * (`2 × NVIDIA GeForce RTX 3090`). Vendor and driver are those of the GPU with the most memory. Graphics that share
 * the system's memory are left out beside a GPU that has its own.
 */
export function machineOf(snapshot: BenchmarkResult['profile_snapshot']): RowMachine {
  const { gpus, cpu, ram } = snapshotSchema.parse(snapshot);
  const own = gpus.filter((gpu) => gpu.memory !== 'unified');
  const counted = own.length > 0 ? own : gpus;
  const primary = counted.toSorted((a, b) => (b.vram_gb ?? 0) - (a.vram_gb ?? 0))[0];
  return {
    gpu_name: namesOf(counted),
    gpu_vram_gb: memoryOf(counted),
    gpu_vendor: primary?.vendor ?? null,
    gpu_driver: primary?.driver_version ?? primary?.driver ?? null,
    cpu_name: cpu.name,
    cpu_cores_phys: cpu.physical_cores,
    ram_total_gb: ram.total_gb,
  };
}

function namesOf(gpus: readonly SnapshotGpu[]): string | null {
  const counts = new Map<string, number>();
  for (const { name } of gpus) if (name !== null) counts.set(name, (counts.get(name) ?? 0) + 1);
  if (counts.size === 0) return null;
  return [...counts].map(([name, times]) => (times === 1 ? name : `${times} × ${name}`)).join(' + ');
}

function memoryOf(gpus: readonly SnapshotGpu[]): number | null {
  const known = gpus.flatMap((gpu) => (gpu.vram_gb === null ? [] : [gpu.vram_gb]));
  if (known.length === 0) return null;
  // Tenths, as each of them is given: a sum of decimal fractions must not end in …0000004.
  return Math.round(known.reduce((sum, gib) => sum + gib, 0) * 10) / 10;
}
