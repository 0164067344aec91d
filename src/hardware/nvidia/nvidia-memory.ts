import type { GpuMemoryKind } from '../gpu-sample.js';

// NVIDIA's systems on a chip. Their driver answers [N/A] for the memory: docs.nvidia.com/dgx/dgx-spark/known-issues.
const unifiedNames = /\b(GB10|Thor|Orin)\b/i;

/** Whether a GPU has memory of its own or shares the system's, which the driver does not tell. */
export function nvidiaMemoryKind(name: string | undefined, memoryBytes: number | undefined): GpuMemoryKind {
  return memoryBytes === undefined && unifiedNames.test(name ?? '') ? 'unified' : 'dedicated';
}
