/** One reading of one GPU, whatever its vendor. */

import type { GpuVendor } from '../shared/gpu-vendor.js';

/**
 * Why heat or power holds a GPU's clocks down. The first five are NVIDIA's own names; AMD and Intel report causes
 * that map onto the last three. What lowers clocks for another reason (idle, clocks set by hand, sync boost) is not
 * throttling and has no name here.
 */
const throttleKinds = {
  hw_thermal_slowdown: 'thermal',
  sw_thermal_slowdown: 'thermal',
  hw_power_brake_slowdown: 'power',
  // NVIDIA raises it beside the two specific hardware reasons, and alone when fast power protection triggers.
  hw_slowdown: 'power',
  sw_power_cap: 'power',
  thermal: 'thermal',
  power_limit: 'power',
  current_limit: 'power',
} as const;

export type ThrottleReason = keyof typeof throttleKinds;
export type ThrottleKind = (typeof throttleKinds)[ThrottleReason];

export const throttleReasons = Object.keys(throttleKinds) as readonly ThrottleReason[];

/** Whether heat or power holds the clocks down. */
export function throttleKindOf(reason: ThrottleReason): ThrottleKind {
  return throttleKinds[reason];
}

/** `dedicated`: the card's own memory. `unified`: memory that CPU and GPU share. */
export type GpuMemoryKind = 'dedicated' | 'unified';

/** What stays `undefined` is unknown: the driver does not tell, or told nonsense. */
export interface GpuSample {
  /** Arrival, on the machine's monotonic clock in milliseconds. */
  readonly atMs: number;
  readonly vendor: GpuVendor;
  /** The vendor tool's own index, or the card's place among those of its driver. */
  readonly index: number;
  readonly uuid: string | undefined;
  readonly name: string | undefined;
  readonly driver: string | undefined;
  readonly memoryKind: GpuMemoryKind;
  /** In use by everybody on the machine; for unified memory all of the shared memory that is in use. */
  readonly memoryUsedBytes: number | undefined;
  readonly memoryTotalBytes: number | undefined;
  readonly tempC: number | undefined;
  readonly memoryTempC: number | undefined;
  readonly powerW: number | undefined;
  readonly powerLimitW: number | undefined;
  /** A counter with an arbitrary zero; it may restart at 0 with the driver. */
  readonly energyJ: number | undefined;
  /** Share of the driver's last sampling period in which the GPU was at work, 0 to 1. */
  readonly utilRatio: number | undefined;
  readonly smClockMhz: number | undefined;
  readonly memoryClockMhz: number | undefined;
  readonly performanceState: string | undefined;
  /** The reasons the driver knows, and whether each is active now; empty where it tells none. */
  readonly throttle: Readonly<Partial<Record<ThrottleReason, boolean>>>;
  /** Milliseconds each reason has been active, counters with an arbitrary zero; empty where there are none. */
  readonly throttledMs: Readonly<Partial<Record<ThrottleReason, number>>>;
  readonly pcieGen: number | undefined;
  /** The best the card itself can do, whatever it is plugged into. */
  readonly pcieGenMax: number | undefined;
  readonly pcieWidth: number | undefined;
  readonly pcieWidthMax: number | undefined;
  /** Uncorrected memory errors, a counter that restarts with the driver. */
  readonly eccUncorrected: number | undefined;
  /** The driver's own words where it refuses figures, such as `GPU requires reset`. */
  readonly complaint: string | undefined;
}

/** A sample of which nothing is known yet; a source fills in what its driver tells. */
export function blankSample(vendor: GpuVendor, index: number, atMs: number): GpuSample {
  return {
    atMs,
    vendor,
    index,
    uuid: undefined,
    name: undefined,
    driver: undefined,
    memoryKind: 'dedicated',
    memoryUsedBytes: undefined,
    memoryTotalBytes: undefined,
    tempC: undefined,
    memoryTempC: undefined,
    powerW: undefined,
    powerLimitW: undefined,
    energyJ: undefined,
    utilRatio: undefined,
    smClockMhz: undefined,
    memoryClockMhz: undefined,
    performanceState: undefined,
    throttle: {},
    throttledMs: {},
    pcieGen: undefined,
    pcieGenMax: undefined,
    pcieWidth: undefined,
    pcieWidthMax: undefined,
    eccUncorrected: undefined,
    complaint: undefined,
  };
}

/** Whether heat or power holds the clocks down now; `undefined` where the driver tells no reason at all. */
export function isThrottled(sample: GpuSample): boolean | undefined {
  const states = Object.values(sample.throttle);
  return states.length === 0 ? undefined : states.includes(true);
}

/** Whether the card told anything about its state at all. */
export function hasFigures(sample: GpuSample): boolean {
  const { memoryUsedBytes, tempC, powerW, utilRatio, smClockMhz } = sample;
  return [memoryUsedBytes, tempC, powerW, utilRatio, smClockMhz].some((figure) => figure !== undefined);
}
