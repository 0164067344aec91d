/** What a test's figures say beyond themselves, for a reader who wonders why they are what they are. */
import * as z from 'zod';

export const findingCodes = [
  'thermal_throttling',
  'power_throttling',
  'pcie_link_degraded',
  'vram_nearly_full',
  'spill_to_system_memory',
  'low_utilisation',
  'ecc_errors',
  'client_gap',
  'noisy_result',
  'other_gpu_process',
] as const;

export const findingSchema = z.object({
  code: z.enum(findingCodes),
  /** One sentence with the figures that led to it. */
  message: z.string(),
});
export type Finding = z.infer<typeof findingSchema>;
