/** The hardware that a job's figures are about, while it runs. */
import { gpuUseByOthers } from '../hardware/gpu-use.js';
import { gpuWarnings } from '../hardware/inventory/profile.js';
import type { Sampler } from '../hardware/sampler.js';
import { serverProcesses } from '../hardware/system/server-process.js';
import type { Prepared } from '../jobs/benchmark-work.js';
import { portOf } from '../servers/api-base.js';
import type { ResolvedTarget } from '../servers/target.js';

/** Why the figures of the GPUs may be unknown, in words. */
export function troubleOf(profile: Prepared['profile'], sampler: Sampler): readonly string[] {
  const { problems } = sampler.gpuHealth();
  return problems.length > 0 ? problems : gpuWarnings(profile);
}

/** Watches the hardware of a target that computes on this machine, from now until it is released. */
export async function watchOf(
  target: ResolvedTarget,
  sampler: Sampler,
): Promise<Pick<Prepared, 'hardware' | 'release'>> {
  if (!target.isLocal || target.gpus.length === 0) return { release: async () => undefined };
  const processes = await sampler.processes();
  // To find the server's own takes a look at all files that any process has open: not where there is nobody to tell apart.
  const isEmpty = processes === undefined || processes.length === 0;
  const serverPids = isEmpty ? [] : await serverProcesses('/', portOf(target.identity.apiBase));
  const otherProcesses = gpuUseByOthers({ samples: [], processes, serverPids }).processes;
  const stopSampling = sampler.startJob();
  return { hardware: { sampler, gpus: target.gpus, otherProcesses }, release: async () => stopSampling() };
}
