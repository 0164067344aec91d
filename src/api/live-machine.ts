/** The newest readings of the hardware as the API tells them: memory in MiB, °C, watts, percent; `null` for unknown. */

import * as z from 'zod';
import type { GpuHealth } from '../hardware/gpu-collector.js';
import { type GpuSample, isThrottled } from '../hardware/gpu-sample.js';
import type { HostSample } from '../hardware/host/host-sample.js';
import { gpuVendorIds } from '../shared/gpu-vendor.js';
import { MIB } from '../shared/units.js';

const known = z.number().nullable();
const PERCENT = 100;

export const liveGpuSchema = z.object({
  index: z.number().int(),
  vendor: z.enum(gpuVendorIds),
  uuid: z.string().nullable().meta({ description: 'Stays with the card; its index moves when another one is lost' }),
  name: z.string().nullable(),
  memory: z.enum(['dedicated', 'unified']),
  memory_used_mb: known,
  memory_total_mb: known,
  temp_c: known,
  power_w: known,
  power_limit_w: known,
  util_pct: known,
  throttled: z.boolean().nullable().meta({ description: 'Whether heat or power holds the clocks down' }),
});

export const gpuHealthSchema = z.object({
  collectors: z
    .array(
      z.object({
        vendor: z.enum(gpuVendorIds),
        up: z.boolean().nullable().meta({ description: 'null: the first reading is on its way' }),
        last_success: z.iso.datetime().nullable(),
        failures: z.number().int(),
      }),
    )
    .meta({ description: 'One for each vendor whose GPUs should be readable; none on a machine without GPUs' }),
  expected: z.number().int().meta({ description: 'GPUs that have been read since the agent started' }),
  seen: z.number().int().nullable().meta({ description: 'Those of them that answer now' }),
  problems: z.array(z.string()).meta({ description: "Why readings do not come or not whole, in the tool's own words" }),
});

export const liveCpuSchema = z.object({ temp_c: known, power_w: known, util_pct: known });

/** A reading in the units of the API: bytes, °C, watts, hertz, ratios from 0 to 1; unknown is `null`. */
export function liveGpu(sample: GpuSample): z.infer<typeof liveGpuSchema> {
  return {
    index: sample.index,
    vendor: sample.vendor,
    uuid: sample.uuid ?? null,
    name: sample.name ?? null,
    memory: sample.memoryKind,
    memory_used_mb: scaled(sample.memoryUsedBytes, 1 / MIB),
    memory_total_mb: scaled(sample.memoryTotalBytes, 1 / MIB),
    temp_c: sample.tempC ?? null,
    power_w: sample.powerW ?? null,
    power_limit_w: sample.powerLimitW ?? null,
    util_pct: scaled(sample.utilRatio, PERCENT),
    throttled: isThrottled(sample) ?? null,
  };
}

/** How it stands with the readings of the GPUs. */
export function gpuHealthOf({ collectors, expected, seen, problems }: GpuHealth): z.infer<typeof gpuHealthSchema> {
  return {
    collectors: collectors.map(({ vendor, isUp, lastSuccess, failures }) => ({
      vendor,
      up: isUp ?? null,
      last_success: lastSuccess?.toISOString() ?? null,
      failures,
    })),
    expected,
    seen: seen ?? null,
    problems: [...problems],
  };
}

/** As {@link liveGpu}, for the processor. */
export function liveCpu({ tempC, powerW, utilRatio }: HostSample): z.infer<typeof liveCpuSchema> {
  return { temp_c: tempC ?? null, power_w: powerW ?? null, util_pct: scaled(utilRatio, PERCENT) };
}

function scaled(value: number | undefined, factor: number): number | null {
  return value === undefined ? null : value * factor;
}
