/** What the tokens of a test took of the machine's energy, and what that costs. */
import * as z from 'zod';
import type { TestResult } from '../../benchmark/result.js';
import { offsetMs } from '../../shared/time-zone.js';
import { DAY_MS, MINUTE_MS } from '../../shared/units.js';

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
  /** `null` where it is not configured what a kilowatt-hour stands for. */
  grams_co2_per_million_tokens: z.number().nullable(),
});
export type EnergyCost = z.infer<typeof energyCostSchema>;

/** At least one of the prices or the grams is known. */
export interface EnergyPrice {
  /** At any hour. */
  readonly pricePerKwh?: number | undefined;
  /** By the time of the day in `timeZone`, in minutes since midnight, from the first up to the second: they cover the day. */
  readonly prices?:
    | readonly { readonly fromMinute: number; readonly toMinute: number; readonly perKwh: number }[]
    | undefined;
  /** IANA. */
  readonly timeZone?: string | undefined;
  /** ISO 4217. */
  readonly currency?: string | undefined;
  readonly gramsCo2PerKwh?: number | undefined;
}

const JOULES_PER_KWH = 3_600_000;
const MILLION = 1_000_000;

/** What a kilowatt-hour costs at that time. `undefined` without a price. */
export function priceAt({ pricePerKwh, prices, timeZone = 'UTC' }: EnergyPrice, at: Date): number | undefined {
  if (prices === undefined) return pricePerKwh;
  const minute = minuteOfDay(at, timeZone);
  return prices.find(({ fromMinute: from, toMinute: to }) =>
    from < to ? minute >= from && minute < to : minute >= from || minute < to,
  )?.perKwh;
}

function minuteOfDay(at: Date, timeZone: string): number {
  const wallMs = at.getTime() + offsetMs(timeZone, at.getTime());
  return Math.floor((wallMs % DAY_MS) / MINUTE_MS);
}

export interface TokenCost {
  readonly cost_per_million_tokens: number | null;
  readonly grams_co2_per_million_tokens: number | null;
}

/** Of tokens that took so much energy at that time; `null` is not configured. */
export function tokenCost(joulesPerToken: number, price: EnergyPrice | undefined, at: Date): TokenCost {
  const kwh = (joulesPerToken * MILLION) / JOULES_PER_KWH;
  const perKwh = price === undefined ? undefined : priceAt(price, at);
  const grams = price?.gramsCo2PerKwh;
  return {
    cost_per_million_tokens: perKwh === undefined ? null : kwh * perKwh,
    grams_co2_per_million_tokens: grams === undefined ? null : kwh * grams,
  };
}

/** Priced by the hour of the run. `undefined` where no part's energy is known. */
export function energyCostOf(test: TestResult, price: EnergyPrice | undefined, runAt: Date): EnergyCost | undefined {
  const gpu = test.gpu_stats?.joules_per_token ?? undefined;
  const cpu = test.host_stats?.joules_per_token ?? undefined;
  if (gpu === undefined && cpu === undefined) return undefined;
  const joules = (gpu ?? 0) + (cpu ?? 0);
  return {
    test_id: test.test_id,
    parts: [...(gpu === undefined ? [] : (['gpu'] as const)), ...(cpu === undefined ? [] : (['cpu'] as const))],
    joules_per_token: joules,
    price_per_kwh: (price === undefined ? undefined : priceAt(price, runAt)) ?? null,
    currency: price?.currency ?? null,
    ...tokenCost(joules, price, runAt),
  };
}
