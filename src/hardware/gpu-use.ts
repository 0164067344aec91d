/** What others do on the GPUs, for whoever must decide whether to start a benchmark. */
import type { GpuSample } from './gpu-sample.js';
import type { GpuProcess } from './gpu-source.js';

export interface GpuUse {
  /** Of the busiest GPU, 0 to 1. */
  readonly utilRatio: number | undefined;
  /** Held by the processes below, where each one's share is told. */
  readonly memoryBytes: number | undefined;
  /** `undefined` where it cannot be told who holds memory, or which of them is the benchmarked server. */
  readonly processes: readonly GpuProcess[] | undefined;
}

export interface GpuUseInput {
  /** Read while the benchmarked server serves nobody, so that what is at work is somebody else's. */
  readonly samples: readonly GpuSample[];
  readonly processes: readonly GpuProcess[] | undefined;
  /** Those of the benchmarked server, which does not count as another. */
  readonly serverPids: readonly number[] | undefined;
}

/**
 * How busy the busiest GPU is (0 to 1) while the server under test serves nobody, and the memory (bytes) that other
 * processes hold; unknown is `undefined`.
 */
export function gpuUseByOthers({ samples, processes, serverPids }: GpuUseInput): GpuUse {
  const ratios = samples.map((sample) => sample.utilRatio).filter((ratio) => ratio !== undefined);
  const others = processes === undefined ? undefined : withoutServer(processes, serverPids);
  return {
    utilRatio: ratios.length === 0 ? undefined : Math.max(...ratios),
    memoryBytes: others === undefined ? undefined : totalMemory(others),
    processes: others,
  };
}

/** Nobody at all is nobody else, even where the server's own processes are unknown. */
function withoutServer(
  processes: readonly GpuProcess[],
  serverPids: readonly number[] | undefined,
): readonly GpuProcess[] | undefined {
  if (processes.length === 0) return [];
  return serverPids === undefined ? undefined : processes.filter(({ pid }) => !serverPids.includes(pid));
}

function totalMemory(processes: readonly GpuProcess[]): number | undefined {
  let sum = 0;
  for (const { memoryBytes } of processes) {
    if (memoryBytes === undefined) return undefined;
    sum += memoryBytes;
  }
  return sum;
}
