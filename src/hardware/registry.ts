/** Chooses the one GPU source of this machine. */

import { type GpuVendor, gpuVendorIds } from '../shared/gpu-vendor.js';
import { apple } from './apple/apple.js';
import { amd } from './drm/amd.js';
import { intel } from './drm/intel.js';
import type { GpuSearch, GpuSourcePlugin, HardwareMachine, SourceProblem, SourceSearch } from './gpu-source.js';
import { nvidia } from './nvidia/nvidia.js';

export const gpuSources = { nvidia, amd, intel, apple } as const satisfies Record<GpuVendor, GpuSourcePlugin>;

/** `auto`: what is there. A vendor: that one or nothing. `none`: no GPU is ever touched. */
export type GpuSourceSetting = 'auto' | 'none' | GpuVendor;

/**
 * The source to sample with. Where several vendors' GPUs could be read the first of the vendors is taken, so that a
 * desktop's processor graphics never adds to a card's figures. Asks the drivers, so NVIDIA's tool runs once or twice.
 */
export async function findGpuSource(setting: GpuSourceSetting, machine: HardwareMachine): Promise<GpuSearch> {
  if (setting === 'none') return { state: 'absent' };
  if (setting !== 'auto') return forcedSource(await gpuSources[setting].find(machine, true), setting);
  const hints: string[] = [];
  const problems: SourceProblem[] = [];
  let hanging: Promise<void> | undefined;
  for (const vendor of gpuVendorIds) {
    const search = await gpuSources[vendor].find(machine, false);
    if (search.state === 'found') return { ...search, problems };
    if (search.state === 'absent') continue;
    hints.push(search.hint);
    if (search.isPassedOver !== true) problems.push({ vendor, words: search.hint });
    hanging ??= search.hanging;
  }
  return hints.length === 0 ? { state: 'absent' } : { state: 'unreadable', hint: hints.join('; '), problems, hanging };
}

function forcedSource(search: SourceSearch, vendor: GpuVendor): GpuSearch {
  if (search.state === 'found') return search;
  const hint = search.state === 'absent' ? `gpu.source is ${vendor}, but no such GPU or tool was found` : search.hint;
  const hanging = search.state === 'absent' ? undefined : search.hanging;
  return { state: 'unreadable', hint, problems: [{ vendor, words: hint }], hanging };
}
