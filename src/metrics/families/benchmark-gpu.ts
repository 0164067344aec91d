/** What the GPUs did during the last good run of each test. */
import type { SingleGpuStats } from '../../benchmark/result.js';
import { type MetricFamily, sampleOf } from '../metric.js';
import { perSeries } from '../series/per-series.js';
import { seriesLabelNames } from '../series/series-labels.js';

const BYTES_PER_MIB = 2 ** 20;
const PERCENT = 100;

const bytesOfMib = (mib: number) => mib * BYTES_PER_MIB;
const ratioOfPercent = (percent: number) => percent / PERCENT;

const gpuSeriesLabelNames = [...seriesLabelNames, 'gpu', 'uuid'] as const;

function eachGpu(read: (gpu: SingleGpuStats) => number | null, inBaseUnit = (value: number) => value) {
  return perSeries(
    ({ benchmarks }) => benchmarks.visible(),
    ({ labels, measured }) =>
      (measured?.gpus ?? []).flatMap((gpu) => {
        const value = read(gpu);
        const gpuLabels = { ...labels, gpu: String(gpu.index), uuid: gpu.uuid ?? '' };
        return sampleOf(gpuLabels, value === null ? null : inBaseUnit(value));
      }),
  );
}

const WINDOW = 'during the timed requests of the last run with a success';

export const benchmarkGpu = [
  {
    name: 'typhon_benchmark_gpu_memory_used_peak_bytes',
    type: 'gauge',
    help: `Most GPU memory in use by everybody ${WINDOW}, in bytes.`,
    labels: gpuSeriesLabelNames,
    samples: eachGpu(({ peak_vram_used_mb }) => peak_vram_used_mb, bytesOfMib),
  },
  {
    name: 'typhon_benchmark_gpu_memory_used_avg_bytes',
    type: 'gauge',
    help: `Mean GPU memory in use by everybody ${WINDOW}, in bytes.`,
    labels: gpuSeriesLabelNames,
    samples: eachGpu(({ avg_vram_used_mb }) => avg_vram_used_mb, bytesOfMib),
  },
  {
    name: 'typhon_benchmark_gpu_temperature_peak_celsius',
    type: 'gauge',
    help: `Highest GPU temperature ${WINDOW}, in degrees Celsius.`,
    labels: gpuSeriesLabelNames,
    samples: eachGpu(({ peak_temp_c }) => peak_temp_c),
  },
  {
    name: 'typhon_benchmark_gpu_temperature_avg_celsius',
    type: 'gauge',
    help: `Mean GPU temperature ${WINDOW}, in degrees Celsius.`,
    labels: gpuSeriesLabelNames,
    samples: eachGpu(({ avg_temp_c }) => avg_temp_c),
  },
  {
    name: 'typhon_benchmark_gpu_power_peak_watts',
    type: 'gauge',
    help: `Highest power drawn by the GPU ${WINDOW}, in watts.`,
    labels: gpuSeriesLabelNames,
    samples: eachGpu(({ peak_power_w }) => peak_power_w),
  },
  {
    name: 'typhon_benchmark_gpu_power_avg_watts',
    type: 'gauge',
    help: `Mean power drawn by the GPU ${WINDOW}, in watts.`,
    labels: gpuSeriesLabelNames,
    samples: eachGpu(({ avg_power_w }) => avg_power_w),
  },
  {
    name: 'typhon_benchmark_gpu_utilization_ratio',
    type: 'gauge',
    help: `Share of the time, 0 to 1, that the GPU was at work ${WINDOW}.`,
    labels: gpuSeriesLabelNames,
    samples: eachGpu(({ avg_util_pct }) => avg_util_pct, ratioOfPercent),
  },
  {
    name: 'typhon_benchmark_gpu_throttled_ratio',
    type: 'gauge',
    help: `Share of the readings, 0 to 1, in which heat or power held the GPU's clocks down ${WINDOW}.`,
    labels: gpuSeriesLabelNames,
    samples: eachGpu(({ throttled_ratio }) => throttled_ratio),
  },
  {
    name: 'typhon_benchmark_energy_joules_per_token',
    type: 'gauge',
    help: `Energy of all GPUs together over the generated tokens, in joules per token, ${WINDOW}.`,
    labels: seriesLabelNames,
    samples: perSeries(
      ({ benchmarks }) => benchmarks.visible(),
      ({ labels, measured }) => sampleOf(labels, measured?.joules_per_token),
    ),
  },
] as const satisfies MetricFamily;
