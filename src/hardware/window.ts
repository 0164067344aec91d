/** Cuts samples to a test's window and makes the result's statistics of them. */

import type { GpuStats, HostStats, SingleGpuStats } from '../benchmark/result.js';
import { MIB } from '../shared/units.js';
import { type GpuSample, isThrottled, throttleKindOf, throttleReasons } from './gpu-sample.js';
import type { HostSample } from './host/host-sample.js';
import type { WindowSamples } from './sampler.js';
import { advanceOf, integralOf, meanOf, peakOf, peakOfSum, samplesFor, seriesOf } from './series.js';
import { longestGapMs, type TimeWindow } from './time-window.js';
import { divided, multiplied } from './unknown-number.js';

interface Cut {
  readonly window: TimeWindow;
  readonly intervalMs: number;
  readonly gapMs: number;
  readonly completionTokens: number;
}

/**
 * Statistics of all GPUs over the window; `null` where no GPU gave a reading for it. What adds up several is unknown
 * where one of them was lost.
 *
 * @param completionTokens of all the window's runs, for the energy per token
 * @param isWhole whether every GPU answered all the time
 */
export function gpuStatsOf(samples: WindowSamples, completionTokens: number, isWhole: boolean): GpuStats | null {
  const cut = cutOf(samples, completionTokens);
  const devices = samples.gpus
    .map(({ samples: all }) => ({ all, used: samplesFor(all, cut.window, cut) }))
    .filter(({ used }) => used.length > 0);
  if (devices.length === 0) return null;
  const gpus = devices.map(({ all, used }) => singleGpuStats(all, used, cut));
  const summedPeak = (figureOf: (sample: GpuSample) => number | undefined) =>
    isWhole ? peakOfSum(devices.map(({ used }) => seriesOf(used, figureOf))) : undefined;
  const summed = (figureOf: (gpu: SingleGpuStats) => number | null) => (isWhole ? sumOf(gpus, figureOf) : undefined);
  const energyJ = summed((gpu) => gpu.energy_j);
  return {
    peak_vram_used_mb: orNull(divided(summedPeak(memoryUsed), MIB)),
    avg_vram_used_mb: orNull(summed((gpu) => gpu.avg_vram_used_mb)),
    start_temp_c: highestOf(gpus, (gpu) => gpu.start_temp_c),
    peak_temp_c: highestOf(gpus, (gpu) => gpu.peak_temp_c),
    avg_temp_c: highestOf(gpus, (gpu) => gpu.avg_temp_c),
    peak_power_w: orNull(summedPeak(power)),
    avg_power_w: orNull(summed((gpu) => gpu.avg_power_w)),
    avg_util_pct: orNull(
      divided(
        summed((gpu) => gpu.avg_util_pct),
        gpus.length,
      ),
    ),
    energy_j: orNull(energyJ),
    joules_per_token: orNull(perToken(energyJ, cut)),
    throttled_ratio: highestOf(gpus, (gpu) => gpu.throttled_ratio),
    sample_count: Math.max(...gpus.map((gpu) => gpu.sample_count)),
    gpus,
  };
}

/** Statistics of the processor over the window; `null` where it gave no reading for it. */
export function hostStatsOf(samples: WindowSamples, completionTokens: number): HostStats | null {
  const cut = cutOf(samples, completionTokens);
  const used = samplesFor(samples.host, cut.window, cut);
  if (used.length === 0) return null;
  return {
    ...deviceFigures(samples.host, used, cut),
    sample_count: used.length,
  };
}

function cutOf({ window, intervalMs }: WindowSamples, completionTokens: number): Cut {
  return { window, intervalMs, gapMs: longestGapMs(intervalMs), completionTokens };
}

type HardwareSample = GpuSample | HostSample;

/** Temperature, power, utilisation and energy of one device. */
function deviceFigures(
  all: readonly HardwareSample[],
  used: readonly HardwareSample[],
  cut: Cut,
): Omit<HostStats, 'sample_count'> {
  const temps = seriesOf(used, (sample) => sample.tempC);
  const powers = seriesOf(used, power);
  const energyJ = energyOf(all, cut);
  return {
    start_temp_c: startTemperature(all, cut.window),
    peak_temp_c: orNull(peakOf(temps)),
    avg_temp_c: orNull(meanOf(temps)),
    peak_power_w: orNull(peakOf(powers)),
    avg_power_w: orNull(meanOf(powers)),
    avg_util_pct: percentOf(used),
    energy_j: orNull(energyJ),
    joules_per_token: orNull(perToken(energyJ, cut)),
  };
}

function singleGpuStats(all: readonly GpuSample[], used: readonly GpuSample[], cut: Cut): SingleGpuStats {
  const memory = seriesOf(used, memoryUsed);
  const throttled = seriesOf(used, (sample) => asNumber(isThrottled(sample)));
  const newest = used.at(-1);
  return {
    index: newest?.index ?? 0,
    uuid: newest?.uuid ?? null,
    name: newest?.name ?? null,
    memory: newest?.memoryKind ?? 'dedicated',
    peak_vram_used_mb: orNull(divided(peakOf(memory), MIB)),
    avg_vram_used_mb: orNull(divided(meanOf(memory), MIB)),
    ...deviceFigures(all, used, cut),
    throttled_ratio: orNull(meanOf(throttled)),
    sample_count: used.length,
    ...explanation(used),
    throttling: throttlingOf(all, used, cut),
    new_ecc_errors: newErrors(all, cut),
  };
}

type Explanation = Omit<
  SingleGpuStats,
  'index' | 'uuid' | 'name' | 'memory' | 'throttling' | 'new_ecc_errors' | Exclude<keyof GpuStats, 'gpus'>
>;

function explanation(used: readonly GpuSample[]): Explanation {
  const peak = (figureOf: (sample: GpuSample) => number | undefined) => orNull(peakOf(seriesOf(used, figureOf)));
  const mean = (figureOf: (sample: GpuSample) => number | undefined) => orNull(meanOf(seriesOf(used, figureOf)));
  return {
    vram_total_mb: peak((sample) => divided(sample.memoryTotalBytes, MIB)),
    peak_memory_temp_c: peak((sample) => sample.memoryTempC),
    power_limit_w: peak((sample) => sample.powerLimitW),
    avg_sm_clock_mhz: mean((sample) => sample.smClockMhz),
    avg_memory_clock_mhz: mean((sample) => sample.memoryClockMhz),
    pcie_gen: peak((sample) => sample.pcieGen),
    pcie_gen_max: peak((sample) => sample.pcieGenMax),
    pcie_width: peak((sample) => sample.pcieWidth),
    pcie_width_max: peak((sample) => sample.pcieWidthMax),
  };
}

/** The reasons that were active in a reading, or whose counter advanced between readings. */
function throttlingOf(all: readonly GpuSample[], used: readonly GpuSample[], cut: Cut): SingleGpuStats['throttling'] {
  return throttleReasons.flatMap((reason) => {
    const active = meanOf(seriesOf(used, (sample) => asNumber(sample.throttle[reason])));
    const counted = advanceOf(
      seriesOf(all, (sample) => sample.throttledMs[reason]),
      cut.window,
      cut.gapMs,
    );
    const seconds = divided(counted, 1000);
    if (!((active ?? 0) > 0 || (seconds ?? 0) > 0)) return [];
    return [{ reason, kind: throttleKindOf(reason), ratio: orNull(active), seconds: orNull(seconds) }];
  });
}

/** Rounded: an interpolated counter of single events is no whole number. */
function newErrors(all: readonly GpuSample[], cut: Cut): number | null {
  const errors = advanceOf(
    seriesOf(all, (sample) => sample.eccUncorrected),
    cut.window,
    cut.gapMs,
  );
  return errors === undefined ? null : Math.ceil(errors);
}

// A counter that differs more from the integrated power than this has another unit or ticks too seldom for the window.
const COUNTER_TRUST = 2;

/** Joules over the window: the driver's counter where it has one that agrees with its power readings, else those. */
function energyOf(samples: readonly HardwareSample[], { window, gapMs }: Cut): number | undefined {
  const integrated = integralOf(seriesOf(samples, power), window, gapMs);
  const counted = advanceOf(
    seriesOf(samples, (sample) => sample.energyJ),
    window,
    gapMs,
  );
  if (counted === undefined || integrated === undefined) return counted ?? integrated;
  const agrees = counted <= integrated * COUNTER_TRUST && counted >= integrated / COUNTER_TRUST;
  return agrees ? counted : integrated;
}

/** Of the last reading before the window; where there is none, of the first one in it. */
function startTemperature(samples: readonly HardwareSample[], { startMs, endMs }: TimeWindow): number | null {
  const told = samples.filter(({ tempC, atMs }) => tempC !== undefined && atMs <= endMs);
  return orNull((told.findLast(({ atMs }) => atMs <= startMs) ?? told[0])?.tempC);
}

function perToken(energyJ: number | undefined, { completionTokens }: Cut): number | undefined {
  return energyJ === undefined || completionTokens <= 0 ? undefined : energyJ / completionTokens;
}

function percentOf(used: readonly HardwareSample[]): number | null {
  return orNull(multiplied(meanOf(seriesOf(used, (sample) => sample.utilRatio)), 100));
}

function memoryUsed(sample: GpuSample): number | undefined {
  return sample.memoryUsedBytes;
}

function power(sample: HardwareSample): number | undefined {
  return sample.powerW;
}

function asNumber(flag: boolean | undefined): number | undefined {
  return flag === undefined ? undefined : Number(flag);
}

/** Unknown as soon as one GPU's figure is: a sum without it would look like the whole. */
function sumOf(gpus: readonly SingleGpuStats[], figureOf: (gpu: SingleGpuStats) => number | null): number | undefined {
  let sum = 0;
  for (const gpu of gpus) {
    const value = figureOf(gpu);
    if (value === null) return undefined;
    sum += value;
  }
  return sum;
}

function highestOf(gpus: readonly SingleGpuStats[], figureOf: (gpu: SingleGpuStats) => number | null): number | null {
  const values = gpus.map(figureOf).filter((value) => value !== null);
  return values.length === 0 ? null : Math.max(...values);
}

// More digits than any sensor has; without a limit the JSON shows the arithmetic's last bits.
const DIGITS = 6;

function orNull(value: number | undefined): number | null {
  return value === undefined ? null : Number(value.toPrecision(DIGITS));
}
