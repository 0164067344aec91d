/** What can be seen of the servers on this machine without asking them: their processes, and the GPUs. */
import type { Config } from '../config/schema.js';
import type { HardwareMachine } from '../hardware/gpu-source.js';
import { findHostSource } from '../hardware/host/host.js';
import { findGpuSource } from '../hardware/registry.js';
import { Sampler } from '../hardware/sampler.js';
import { ServerActivity } from './server-activity.js';

export interface LocalSight {
  readonly sampler: Pick<Sampler, 'readNow' | 'processes'>;
  readonly activity: Pick<ServerActivity, 'stateOf'>;
}

/** Nothing is read before it is asked. */
export function openLocalSight(
  gpu: Config['gpu'],
  machine: HardwareMachine,
  now: () => Date,
): LocalSight & { readonly sampler: Sampler } {
  const sampler = new Sampler({
    findGpuSource: () => findGpuSource(gpu.source, machine),
    hostSource: findHostSource(machine),
    intervalMs: gpu.intervalMs,
    idleIntervalMs: gpu.idleIntervalMs,
    clock: machine.clock,
    now,
    note: machine.note,
  });
  return { sampler, activity: new ServerActivity(machine) };
}
