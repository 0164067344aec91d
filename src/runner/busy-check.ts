/** Looks before a scheduled run whether it would disturb somebody. */
import type { InferenceServer } from '../benchmark/inference-server.js';
import { gpuUseByOthers } from '../hardware/gpu-use.js';
import type { Sampler } from '../hardware/sampler.js';
import { serverProcesses } from '../hardware/system/server-process.js';

export type BusyVerdict =
  | { readonly busy: false }
  | { readonly busy: true; readonly reason: 'server_busy' | 'gpu_busy'; readonly detail: string };

export interface BusyCheck {
  readonly server: InferenceServer;
  /** `undefined` for a target on another machine, whose GPUs cannot be seen from here. */
  readonly sampler: Pick<Sampler, 'readNow' | 'processes'> | undefined;
  readonly signal: AbortSignal;
}

// A desktop's own drawing stays below this; a game, a render or another model does not.
const GPU_IN_USE_RATIO = 0.25;
// As much as a browser or a desktop holds is no reason to skip a run.
const OTHERS_MEMORY_BYTES = 2 * 2 ** 30;
const READING_TIMEOUT_MS = 3000;

/** Asks the server first, then the GPUs. What cannot be told counts as free. */
export async function checkBusy({ server, sampler, signal }: BusyCheck): Promise<BusyVerdict> {
  const own = await server.busy(signal);
  if (own.state === 'busy') return { busy: true, reason: 'server_busy', detail: own.detail };
  if (sampler === undefined) return { busy: false };
  const { gpus } = await sampler.readNow(READING_TIMEOUT_MS);
  if (gpus.length === 0) return { busy: false };
  const serverPids = await serverProcesses('/', Number(new URL(server.apiBase).port));
  const use = gpuUseByOthers({ samples: gpus, processes: await sampler.processes(), serverPids });
  if ((use.utilRatio ?? 0) > GPU_IN_USE_RATIO) {
    return { busy: true, reason: 'gpu_busy', detail: `a GPU is ${Math.round((use.utilRatio ?? 0) * 100)} % in use` };
  }
  if ((use.memoryBytes ?? 0) > OTHERS_MEMORY_BYTES) {
    const names = (use.processes ?? []).map(({ name, pid }) => name ?? `pid ${pid}`).join(', ');
    const gib = ((use.memoryBytes ?? 0) / 2 ** 30).toFixed(1);
    return { busy: true, reason: 'gpu_busy', detail: `other programs hold ${gib} GiB of GPU memory: ${names}` };
  }
  return { busy: false };
}
