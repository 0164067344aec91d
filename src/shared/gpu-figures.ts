/**
 * The figures of the GPUs during a test, from which results, rows of the chronicle, metrics and tables are made as from
 * those of the test itself. How each is measured stands in the window of the hardware samples.
 */
import { type GpuFigure, namesWith } from './figure-table.js';

const WINDOW = 'during the timed requests of the last successful run';

/** By the name that results and rows have for it. */
export const gpuFigures = {
  peak_vram_used_mb: {
    unit: 'MiB',
    inRow: true,
    metric: {
      of: 'each',
      name: 'typhon_benchmark_gpu_memory_used_peak_bytes',
      help: `Most GPU memory in use by everybody ${WINDOW}, in bytes.`,
    },
    terminal: { title: 'VRAM' },
    page: { title: 'VRAM', note: 'peak', isOptional: true },
  },
  avg_vram_used_mb: {
    unit: 'MiB',
    inRow: true,
    metric: {
      of: 'each',
      name: 'typhon_benchmark_gpu_memory_used_avg_bytes',
      help: `Mean GPU memory in use by everybody ${WINDOW}, in bytes.`,
    },
  },
  /** As the first timed run began: what the test found, not what it did. */
  start_temp_c: { unit: '°C', addedLater: true },
  peak_temp_c: {
    unit: '°C',
    inRow: true,
    metric: {
      of: 'each',
      name: 'typhon_benchmark_gpu_temperature_peak_celsius',
      help: `Highest GPU temperature ${WINDOW}, in degrees Celsius.`,
    },
    terminal: { title: 'GPU' },
    page: { title: 'GPU', note: 'peak', isOptional: true },
  },
  avg_temp_c: {
    unit: '°C',
    inRow: true,
    metric: {
      of: 'each',
      name: 'typhon_benchmark_gpu_temperature_avg_celsius',
      help: `Mean GPU temperature ${WINDOW}, in degrees Celsius.`,
    },
  },
  peak_power_w: {
    unit: 'W',
    inRow: true,
    metric: {
      of: 'each',
      name: 'typhon_benchmark_gpu_power_peak_watts',
      help: `Highest power drawn by the GPU ${WINDOW}, in watts.`,
    },
  },
  avg_power_w: {
    unit: 'W',
    inRow: true,
    metric: {
      of: 'each',
      name: 'typhon_benchmark_gpu_power_avg_watts',
      help: `Mean power drawn by the GPU ${WINDOW}, in watts.`,
    },
    terminal: { title: 'Power' },
    page: { title: 'Power', note: 'mean', isOptional: true },
  },
  avg_util_pct: {
    unit: '%',
    inRow: true,
    metric: {
      of: 'each',
      name: 'typhon_benchmark_gpu_utilization_ratio',
      help: `Share of the time, 0 to 1, that the GPU was at work ${WINDOW}.`,
    },
  },
  /** From the driver's energy counter where it has one, else integrated from the power readings. */
  energy_j: { unit: 'J', inRow: true },
  /** `energy_j` over the completion tokens of all timed runs. */
  joules_per_token: {
    unit: 'J',
    inRow: true,
    metric: {
      of: 'all',
      name: 'typhon_benchmark_energy_joules_per_token',
      help: `Energy of all GPUs together over the generated tokens, in joules per token, ${WINDOW}.`,
    },
    page: { title: 'Energy', note: 'per token', isOptional: true },
  },
  /** Share of the readings in which heat or power held the clocks down. */
  throttled_ratio: {
    unit: 'ratio',
    inRow: true,
    metric: {
      of: 'each',
      name: 'typhon_benchmark_gpu_throttled_ratio',
      help: `Share of the readings, 0 to 1, in which heat or power held the GPU's clocks down ${WINDOW}.`,
    },
  },
} as const satisfies Readonly<Record<string, GpuFigure>>;

export type GpuFigureName = keyof typeof gpuFigures;

type Table = typeof gpuFigures;

/** The names of the figures that are exported for each GPU, or for all together. */
export type GpuFigureOf<Whose extends 'each' | 'all'> = {
  [Name in GpuFigureName]: Table[Name] extends { metric: { of: Whose } } ? Name : never;
}[GpuFigureName];

export function gpuFiguresOf<Whose extends 'each' | 'all'>(whose: Whose): readonly GpuFigureOf<Whose>[] {
  const isOf = (name: GpuFigureName): name is GpuFigureOf<Whose> =>
    (gpuFigures[name] as GpuFigure).metric?.of === whose;
  return namesWith(gpuFigures, 'unit').filter(isOf);
}
