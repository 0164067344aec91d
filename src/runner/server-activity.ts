/** Whether a server of this machine that has no signal for it is at work for somebody, by its processes. */
import type { BusyState } from '../benchmark/inference-server.js';
import { type ProcessWork, processWork } from '../hardware/system/process-work.js';
import { findServer, type ServerProcesses } from '../hardware/system/server-process.js';
import { portOf } from '../servers/api-base.js';
import type { Clock } from '../shared/clock.js';

/** Of the GPUs of the machine as a whole, from whoever reads them. */
export interface GpuActivity {
  /** Share of the time, 0 to 1, in which the busiest of them was at work; `undefined` where it cannot be read. */
  readonly utilRatio: number | undefined;
  /** Processes that hold memory on them; none where it cannot be told. */
  readonly pids: readonly number[];
}

export interface ServerActivityOptions {
  /** Below which `proc` lies: `/` but in tests. */
  readonly root: string;
  readonly clock: Clock;
}

const WINDOW_MS = 1000;

export class ServerActivity {
  readonly #options: ServerActivityOptions;
  readonly #lastByPort = new Map<number, ServerProcesses>();

  constructor(options: ServerActivityOptions) {
    this.#options = options;
  }

  /** Watches the processes behind a local base for a second, without asking the server anything. */
  async stateOf(apiBase: string, gpu?: Promise<GpuActivity>): Promise<BusyState> {
    const { root, clock } = this.#options;
    const port = portOf(apiBase);
    const found = await findServer(root, port, this.#lastByPort.get(port)?.listeners);
    if (found === undefined) return { state: 'unknown' };
    this.#lastByPort.set(port, found);
    const { pids } = found;
    const [work, gpuActivity] = await Promise.all([processWork(root, pids, { windowMs: WINDOW_MS, clock }), gpu]);
    if (work === undefined) return { state: 'unknown' };
    const isOnGpu = gpuActivity?.pids.some((pid) => pids.includes(pid)) === true;
    return activityOf(isOnGpu ? { ...work, hasGpu: true } : work, gpuActivity?.utilRatio);
  }
}

const CORES_AT_WORK = 0.5;
// Less than a token a second costs, more than housekeeping does.
const CORES_AT_REST = 0.1;
const GPU_AT_WORK = 0.05;
const GPU_AT_REST = 0.02;
// A desktop's own drawing stays below this.
const GPU_AT_WORK_FOR_MODELS = 0.25;
// SGLang and others poll in a loop while they wait for requests, which looks like one core at full work.
const ONE_CORE = 1.1;

/** What the work of a server's processes says; `gpuUtilRatio` is that of the whole machine's busiest GPU. */
export function activityOf(work: ProcessWork, gpuUtilRatio: number | undefined): BusyState {
  const { cpuCores, busiestCores, hasGpu, gpuShare } = work;
  if (gpuShare !== undefined && gpuShare >= GPU_AT_WORK) {
    return { state: 'busy', detail: `its processes keep a GPU ${Math.round(gpuShare * 100)} % busy` };
  }
  const usesCpu: BusyState = { state: 'busy', detail: `its processes need ${cpuCores.toFixed(1)} processor cores` };
  if (hasGpu === false || busiestCores > ONE_CORE) return cpuCores >= CORES_AT_WORK ? usesCpu : { state: 'idle' };
  // Beside a GPU one core at work may wait for it, or poll while nobody asks anything.
  if (gpuUtilRatio === undefined) return cpuCores < CORES_AT_REST ? { state: 'idle' } : { state: 'unknown' };
  if (gpuUtilRatio < GPU_AT_REST) return { state: 'idle' };
  return cpuCores >= (gpuUtilRatio > GPU_AT_WORK_FOR_MODELS ? CORES_AT_REST : CORES_AT_WORK)
    ? usesCpu
    : { state: 'idle' };
}
