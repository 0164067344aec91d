/** Looks before a scheduled run whether it would disturb somebody. */
import type { BusyState, InferenceServer } from '../benchmark/inference-server.js';
import { gpuUseByOthers } from '../hardware/gpu-use.js';
import type { Sampler } from '../hardware/sampler.js';
import { serverProcesses } from '../hardware/system/server-process.js';
import { portOf } from '../servers/api-base.js';
import type { ServerActivity } from './server-activity.js';

export type BusyVerdict =
  | {
      readonly busy: false;
      /** Why it cannot be told whether the server is at work, in words; then it counts as free. */
      readonly unknown?: string | undefined;
    }
  | { readonly busy: true; readonly reason: 'server_busy' | 'gpu_busy'; readonly detail: string };

/** What can be seen of a target that runs on this machine. */
export interface LocalSight {
  readonly sampler: Pick<Sampler, 'readNow' | 'processes'>;
  readonly activity: Pick<ServerActivity, 'stateOf'>;
}

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
const ELSEWHERE: BusyVerdict = { busy: false, unknown: 'the server has no signal for it and runs on another machine' };
const UNSEEN: BusyVerdict = { busy: false, unknown: 'the server has no signal for it, and its process cannot be seen' };

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

function serverBusy({ detail }: Extract<BusyState, { state: 'busy' }>): BusyVerdict {
  return { busy: true, reason: 'server_busy', detail };
}

type GpuSight = Awaited<ReturnType<typeof gpuSight>>;

async function gpuSight(sampler: LocalSight['sampler']) {
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
