/** Explains a test by what its hardware did meanwhile; what its requests say stands in its findings already. */
import type { Finding } from '../benchmark/finding.js';
import type { GpuStats, SingleGpuStats, TestResult } from '../benchmark/result.js';
import { type CardIdentity, cardName } from './gpu-cards.js';
import type { GpuProcess } from './gpu-source.js';
import type { TimeWindow } from './time-window.js';

export interface FindingInput {
  /** With its `gpu_stats`. */
  readonly test: TestResult;
  /** Of the timed runs; `undefined` where none took place. */
  readonly window: TimeWindow | undefined;
  /** The tests before it in the same run, with their `gpu_stats`. */
  readonly earlier: readonly TestResult[];
  /** Cards of the target that were there and did not answer all the time. */
  readonly lost: readonly CardIdentity[];
  /** Seen on the GPUs before the job; `undefined` where it could not be told. */
  readonly otherProcesses: readonly GpuProcess[] | undefined;
}

/** What explains or qualifies the test's figures; empty where there is nothing to say. */
export function findingsOf(input: FindingInput): Finding[] {
  const { test, window } = input;
  const stats = test.gpu_stats;
  return [
    ...lostGpus(input.lost),
    ...(stats?.gpus ?? []).flatMap((gpu) => [
      ...throttling(gpu, 'thermal'),
      ...throttling(gpu, 'power'),
      ...degradedLink(gpu),
      ...fullMemory(gpu),
      ...memoryErrors(gpu),
    ]),
    ...(stats === null ? [] : [...spill(test, stats, input.earlier), ...lowUtilisation(stats, window)]),
    ...otherProcesses(input.otherProcesses),
  ];
}

function lostGpus(lost: readonly CardIdentity[]): Finding[] {
  if (lost.length === 0) return [];
  const message = `${lost.map(cardName).join(' and ')} did not answer all the time: memory, power and energy of all GPUs together are unknown.`;
  return [{ code: 'gpu_lost', message }];
}

/**
 * By the readings alone: recorded output of drivers 595 and 610 shows the driver's own count of capped time advancing
 * on cards far below their power limit, so a count without a reading beside it explains nothing.
 */
function throttling(gpu: SingleGpuStats, kind: 'thermal' | 'power'): Finding[] {
  const reasons = gpu.throttling.filter(
    (entry) => entry.kind === kind && (entry.ratio ?? 0) > explainedRatio(gpu, entry),
  );
  if (reasons.length === 0) return [];
  const told = reasons.map(({ reason, ratio, seconds }) => {
    const counted = seconds === null ? '' : ` (${seconds.toFixed(1)} s by the driver's count)`;
    return `${reason} in ${percent(ratio ?? 0)} of ${gpu.sample_count} readings${counted}`;
  });
  const limit =
    kind === 'thermal'
      ? `; it reached ${amount(gpu.peak_temp_c, '°C')}`
      : `; it drew up to ${amount(gpu.peak_power_w, 'W')} of a limit of ${amount(gpu.power_limit_w, 'W')}`;
  const message = `${nameOf(gpu)} held its clocks down because of ${kind === 'thermal' ? 'heat' : 'power'}: ${told.join('; ')}${limit}.`;
  return [{ code: kind === 'thermal' ? 'thermal_throttling' : 'power_throttling', message }];
}

/** NVIDIA raises the general hardware slowdown with each thermal one: then it is no finding of its own. */
function explainedRatio(gpu: SingleGpuStats, { reason }: SingleGpuStats['throttling'][number]): number {
  if (reason !== 'hw_slowdown') return 0;
  return gpu.throttling.find((entry) => entry.reason === 'hw_thermal_slowdown')?.ratio ?? 0;
}

// Below this a card may rest its link at a lower speed, as it is made to do.
const LOAD_PERCENT = 50;

function degradedLink(gpu: SingleGpuStats): Finding[] {
  const { pcie_gen: gen, pcie_gen_max: genMax, pcie_width: width, pcie_width_max: widthMax } = gpu;
  const underLoad = gpu.avg_util_pct !== null && gpu.avg_util_pct >= LOAD_PERCENT;
  const slower = gen !== null && genMax !== null && gen < genMax;
  const narrower = width !== null && widthMax !== null && width < widthMax;
  if (!underLoad || (!slower && !narrower)) return [];
  const message = `${nameOf(gpu)} ran at ${percentFigure(gpu.avg_util_pct)} load over PCIe ${link(gen, width)}; the card can do ${link(genMax, widthMax)}.`;
  return [{ code: 'pcie_link_degraded', message }];
}

const NEARLY_FULL = 0.9;

function fullMemory(gpu: SingleGpuStats): Finding[] {
  const share = memoryShare(gpu);
  if (share === undefined || share <= NEARLY_FULL) return [];
  const kind = gpu.memory === 'unified' ? 'unified memory' : 'VRAM';
  const message = `${nameOf(gpu)} had ${percent(share)} of its ${kind} in use: ${gpu.peak_vram_used_mb} of ${gpu.vram_total_mb} MiB.`;
  return [{ code: 'vram_nearly_full', message }];
}

function memoryErrors(gpu: SingleGpuStats): Finding[] {
  if (gpu.new_ecc_errors === null || gpu.new_ecc_errors <= 0) return [];
  const message = `${nameOf(gpu)} counted ${gpu.new_ecc_errors} new uncorrected memory errors during the test.`;
  return [{ code: 'ecc_errors', message }];
}

// A driver that spills keeps some memory free for itself.
const FULL = 0.95;
const SPILL_SPEED_SHARE = 0.5;

/** From one context step to the next speed falls by some tenths; by half or more only when the cache leaves the card. */
function spill(test: TestResult, stats: GpuStats, earlier: readonly TestResult[]): Finding[] {
  const full = stats.gpus.find((gpu) => (memoryShare(gpu) ?? 0) >= FULL);
  const before = earlier.findLast((each) => each.category === test.category && each.ctx_size < test.ctx_size);
  if (full === undefined || test.category !== 'context_sweep' || !before?.avg_tps || !test.avg_tps) return [];
  if (test.avg_tps > before.avg_tps * SPILL_SPEED_SHARE) return [];
  const message = `Decode speed fell from ${before.avg_tps.toFixed(1)} tokens/s at ${before.ctx_size} tokens of context to ${test.avg_tps.toFixed(1)} at ${test.ctx_size} while ${nameOf(full)} used ${percent(memoryShare(full) ?? 0)} of its memory: the rest probably lies in system memory.`;
  return [{ code: 'spill_to_system_memory', message }];
}

// The driver's own averaging takes up to a second, which hides the load of a shorter window.
const LEAST_LOAD_WINDOW_MS = 2000;

/** All GPUs' loads added: a model split over several by layers keeps one at a time at work. */
function lowUtilisation(stats: GpuStats, window: TimeWindow | undefined): Finding[] {
  if (window === undefined || window.endMs - window.startMs < LEAST_LOAD_WINDOW_MS) return [];
  if (stats.avg_util_pct === null || stats.sample_count < 2) return [];
  const total = stats.avg_util_pct * stats.gpus.length;
  if (total >= LOAD_PERCENT) return [];
  const gpus = stats.gpus.length === 1 ? 'The GPU was' : `The ${stats.gpus.length} GPUs together were`;
  const message = `${gpus} at work for ${percentFigure(total)} of the time only: part of the model may run on the CPU.`;
  return [{ code: 'low_utilisation', message }];
}

// A desktop's compositor or a browser holds less.
const LEAST_OTHER_BYTES = 256 * 2 ** 20;

function otherProcesses(processes: readonly GpuProcess[] | undefined): Finding[] {
  const holders = (processes ?? []).filter(({ memoryBytes }) => (memoryBytes ?? 0) >= LEAST_OTHER_BYTES);
  if (holders.length === 0) return [];
  const named = holders.map(
    ({ name, pid, memoryBytes = 0 }) => `${name ?? 'a process'} (pid ${pid}, ${Math.round(memoryBytes / 2 ** 20)} MiB)`,
  );
  return [
    { code: 'other_gpu_process', message: `Other programs held GPU memory before the run: ${named.join(', ')}.` },
  ];
}

function memoryShare(gpu: SingleGpuStats): number | undefined {
  return gpu.peak_vram_used_mb === null || !gpu.vram_total_mb ? undefined : gpu.peak_vram_used_mb / gpu.vram_total_mb;
}

function nameOf(gpu: SingleGpuStats): string {
  return gpu.name === null ? `GPU ${gpu.index}` : `GPU ${gpu.index} (${gpu.name})`;
}

function link(gen: number | null, width: number | null): string {
  return `${gen === null ? '' : `${gen}.0 `}${width === null ? '' : `x${width}`}`.trim();
}

function percent(ratio: number): string {
  return percentFigure(ratio * 100);
}

function percentFigure(value: number | null): string {
  return value === null ? 'unknown' : `${value.toFixed(value < 10 ? 1 : 0)} %`;
}

function amount(value: number | null, unit: string): string {
  return value === null ? `an unknown number of ${unit}` : `${value.toFixed(0)} ${unit}`;
}
