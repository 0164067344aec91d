/** What the tokens of a test took of the machine's energy, and what that costs. */
import * as z from 'zod';
import type { TestResult } from '../../benchmark/result.js';

export const energyCostSchema = z.object({
  test_id: z.string(),
  /** What the energy is that of: the GPUs, the processor's packages, or both. Never the whole machine. */
  parts: z.array(z.enum(['gpu', 'cpu'])),
  /** Joules for each completion token, the reading of the prompt included. */
  joules_per_token: z.number(),
  /** `null` without a configured price. */
  price_per_kwh: z.number().nullable(),
  currency: z.string().nullable(),
  cost_per_million_tokens: z.number().nullable(),
});
export type EnergyCost = z.infer<typeof energyCostSchema>;

export interface EnergyPrice {
  readonly pricePerKwh: number;
  /** ISO 4217. */
  readonly currency: string;
}

const JOULES_PER_KWH = 3_600_000;
const MILLION = 1_000_000;

/** `undefined` where no part's energy is known. */
export function energyCostOf(test: TestResult, price: EnergyPrice | undefined): EnergyCost | undefined {
  const gpu = test.gpu_stats?.joules_per_token ?? undefined;
  const cpu = test.host_stats?.joules_per_token ?? undefined;
  if (gpu === undefined && cpu === undefined) return undefined;
  const joules = (gpu ?? 0) + (cpu ?? 0);
  return {
    test_id: test.test_id,
    parts: [...(gpu === undefined ? [] : (['gpu'] as const)), ...(cpu === undefined ? [] : (['cpu'] as const))],
    joules_per_token: joules,
    price_per_kwh: price?.pricePerKwh ?? null,
    currency: price?.currency ?? null,
    cost_per_million_tokens: price === undefined ? null : ((joules * MILLION) / JOULES_PER_KWH) * price.pricePerKwh,
  };
}
