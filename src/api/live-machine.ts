/** The newest readings of the hardware as the API tells them: memory in MiB, °C, watts, percent; `null` for unknown. */

import * as z from 'zod';
import { type GpuSample, isThrottled } from '../hardware/gpu-sample.js';
import type { HostSample } from '../hardware/host/host-sample.js';
import { gpuVendorIds } from '../shared/gpu-vendor.js';
import { MIB } from '../shared/units.js';

const known = z.number().nullable();
const PERCENT = 100;

export const liveGpuSchema = z.object({
  index: z.number().int(),
  vendor: z.enum(gpuVendorIds),
  name: z.string().nullable(),
  memory_used_mb: known,
  memory_total_mb: known,
  temp_c: known,
  power_w: known,
  power_limit_w: known,
  util_pct: known,
  throttled: z.boolean().nullable().meta({ description: 'Whether heat or power holds the clocks down' }),
});

export const liveCpuSchema = z.object({ temp_c: known, power_w: known, util_pct: known });

/** A reading in the units of the API: bytes, °C, watts, hertz, ratios from 0 to 1; unknown is `null`. */
export function liveGpu(sample: GpuSample): z.infer<typeof liveGpuSchema> {
  return {
    index: sample.index,
    vendor: sample.vendor,
    name: sample.name ?? null,
    memory_used_mb: scaled(sample.memoryUsedBytes, 1 / MIB),
    memory_total_mb: scaled(sample.memoryTotalBytes, 1 / MIB),
    temp_c: sample.tempC ?? null,
    power_w: sample.powerW ?? null,
    power_limit_w: sample.powerLimitW ?? null,
    util_pct: scaled(sample.utilRatio, PERCENT),
    throttled: isThrottled(sample) ?? null,
  };
}

/** As {@link liveGpu}, for the processor. */
export function liveCpu({ tempC, powerW, utilRatio }: HostSample): z.infer<typeof liveCpuSchema> {
  return { temp_c: tempC ?? null, power_w: powerW ?? null, util_pct: scaled(utilRatio, PERCENT) };
}

function scaled(value: number | undefined, factor: number): number | null {
  return value === undefined ? null : value * factor;
}
