/** Looks before a scheduled run whether it would disturb somebody. */
import type { BusyState, InferenceServer } from '../benchmark/inference-server.js';
import type { GpuSample } from '../hardware/gpu-sample.js';
import type { GpuProcess } from '../hardware/gpu-source.js';
import { gpuUseByOthers } from '../hardware/gpu-use.js';
import type { LiveReadings } from '../hardware/sampler.js';
import { serverProcesses } from '../hardware/system/server-process.js';
import { portOf } from '../servers/api-base.js';
import { unknownUse } from '../shared/unknown-use.js';
import type { LocalSight } from './local-sight.js';

export type BusyVerdict =
  | {
      readonly busy: false;
      /** Why it cannot be told whether the server is at work, in words; then it counts as free. */
      readonly unknown?: string | undefined;
    }
  | { readonly busy: true; readonly reason: 'server_busy' | 'gpu_busy'; readonly detail: string };

export interface BusyCheck {
  readonly server: InferenceServer;
  /** `undefined` for a target on another machine. */
  readonly local: LocalSight | undefined;
  readonly signal: AbortSignal;
}

// A desktop's own drawing stays below this; a game, a render or another model does not.
const GPU_IN_USE_RATIO = 0.25;
// As much as a browser or a desktop holds is no reason to skip a run.
const OTHERS_MEMORY_BYTES = 2 * 2 ** 30;
const READING_TIMEOUT_MS = 3000;

const FREE: BusyVerdict = { busy: false };
const ELSEWHERE: BusyVerdict = { busy: false, unknown: unknownUse.elsewhere };
const UNSEEN: BusyVerdict = { busy: false, unknown: unknownUse.unseen };

/** Asks the server first, then looks at its processes where it does not tell, then at the GPUs. */
export async function checkBusy({ server, local, signal }: BusyCheck): Promise<BusyVerdict> {
  const own = await server.busy(signal);
  if (own.state === 'busy') return serverBusy(own);
  if (local === undefined) return own.state === 'idle' ? FREE : ELSEWHERE;
  const gpu = gpuSight(local.sampler);
  const state = own.state === 'idle' ? own : await local.activity.stateOf(server.apiBase, gpu.then(activityIn));
  signal.throwIfAborted();
  if (state.state === 'busy') return serverBusy(state);
  return (await gpuVerdict(await gpu, server.apiBase)) ?? (state.state === 'idle' ? FREE : UNSEEN);
}

/** As {@link checkBusy} judges a server on this machine that does not tell, by its processes; takes some seconds. */
export function useByProcesses(apiBase: string, { activity, sampler }: LocalSight): Promise<BusyState> {
  return activity.stateOf(apiBase, gpuSight(sampler).then(activityIn));
}

/** The same for whoever looks often, with readings of the GPUs that were made anyway. */
export function useAtAGlance(
  apiBase: string,
  { activity, readings }: Pick<LocalSight, 'activity'> & { readonly readings: LiveReadings },
): Promise<BusyState> {
  return activity.stateOf(apiBase, Promise.resolve(activityIn({ samples: readings.gpus, processes: undefined })));
}

function serverBusy({ detail }: Extract<BusyState, { state: 'busy' }>): BusyVerdict {
  return { busy: true, reason: 'server_busy', detail };
}

interface GpuSight {
  readonly samples: readonly GpuSample[];
  readonly processes: readonly GpuProcess[] | undefined;
}

async function gpuSight(sampler: LocalSight['sampler']): Promise<GpuSight> {
  const { gpus: samples } = await sampler.readNow(READING_TIMEOUT_MS);
  return { samples, processes: samples.length === 0 ? undefined : await sampler.processes() };
}

function activityIn({ samples, processes }: GpuSight) {
  const { utilRatio } = gpuUseByOthers({ samples, processes, serverPids: undefined });
  return { utilRatio, pids: (processes ?? []).map(({ pid }) => pid) };
}

async function gpuVerdict({ samples, processes }: GpuSight, apiBase: string): Promise<BusyVerdict | undefined> {
  if (samples.length === 0) return undefined;
  const serverPids = await serverProcesses('/', portOf(apiBase));
  const use = gpuUseByOthers({ samples, processes, serverPids });
  if ((use.utilRatio ?? 0) > GPU_IN_USE_RATIO) {
    return { busy: true, reason: 'gpu_busy', detail: `a GPU is ${Math.round((use.utilRatio ?? 0) * 100)} % in use` };
  }
  if ((use.memoryBytes ?? 0) > OTHERS_MEMORY_BYTES) {
    const names = (use.processes ?? []).map(({ name, pid }) => name ?? `pid ${pid}`).join(', ');
    const gib = ((use.memoryBytes ?? 0) / 2 ** 30).toFixed(1);
    return { busy: true, reason: 'gpu_busy', detail: `other programs hold ${gib} GiB of GPU memory: ${names}` };
  }
  return undefined;
}
