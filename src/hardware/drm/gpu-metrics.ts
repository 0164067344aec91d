/** The throttle causes in amdgpu's binary `gpu_metrics` file. */
import type { ThrottleReason } from '../gpu-sample.js';

// struct gpu_metrics_v1_3 of the kernel's kgd_pp_interface.h, used by discrete cards from RDNA on: a header of size
// (u16), format and content revision (u8 each), and at byte 112 the cause bits that mean the same on every ASIC.
const FORMAT_OFFSET = 2;
const CONTENT_OFFSET = 3;
const CAUSES_OFFSET = 112;
const STRUCT_BYTES = 120;

// Sixteen bits for each kind of cause, from bit 0: power, current, temperature (SMU_THROTTLER_* of amdgpu_smu.h).
const causeMasks: readonly (readonly [ThrottleReason, bigint])[] = [
  ['power_limit', 0x0000_0000_0000_ffffn],
  ['current_limit', 0x0000_0000_ffff_0000n],
  ['thermal', 0x0000_ffff_0000_0000n],
];

// What firmware writes into a field it does not fill.
const NOT_FILLED = 0xffff_ffff_ffff_ffffn;

/** Empty for every other layout, and where the firmware does not fill the field. */
export function throttleOfGpuMetrics(bytes: Buffer | undefined): Readonly<Partial<Record<ThrottleReason, boolean>>> {
  if (bytes === undefined || bytes.length < STRUCT_BYTES) return {};
  if (bytes.readUInt8(FORMAT_OFFSET) !== 1 || bytes.readUInt8(CONTENT_OFFSET) !== 3) return {};
  const causes = bytes.readBigUInt64LE(CAUSES_OFFSET);
  if (causes === NOT_FILLED) return {};
  return Object.fromEntries(causeMasks.map(([reason, mask]) => [reason, (causes & mask) !== 0n]));
}
