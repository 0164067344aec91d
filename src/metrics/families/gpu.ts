/** The GPUs as they are now: read while somebody scrapes, every five minutes or more often, or a benchmark runs. */
import { type GpuSample, throttleReasons } from '../../hardware/gpu-sample.js';
import type { MetricFamily } from '../metric.js';
import type { MetricSources } from '../metric-sources.js';
import { type MetricLabels, type MetricSample, sampleOf } from '../sample.js';
import { labelValue } from '../series/series-labels.js';

const HERTZ_PER_MHZ = 1e6;
const MS_PER_SECOND = 1000;
const gpuLabelNames = ['gpu', 'uuid'] as const;

function labelsOf({ index, uuid }: GpuSample): MetricLabels {
  return { gpu: String(index), uuid: uuid ?? '' };
}

function eachGpu(read: (gpu: GpuSample) => number | undefined) {
  return ({ gpus }: MetricSources): readonly MetricSample[] =>
    gpus().flatMap((gpu) => sampleOf(labelsOf(gpu), read(gpu)));
}

function clocksOf(gpu: GpuSample): readonly MetricSample[] {
  const clocks = { sm: gpu.smClockMhz, memory: gpu.memoryClockMhz };
  return Object.entries(clocks).flatMap(([clock, mhz]) =>
    sampleOf({ ...labelsOf(gpu), clock }, mhz === undefined ? undefined : mhz * HERTZ_PER_MHZ),
  );
}

export const gpu = [
  {
    name: 'typhon_gpu_memory_used_bytes',
    type: 'gauge',
    help: "GPU memory in use by everybody, in bytes; of memory shared with the CPU, all of the machine's.",
    labels: gpuLabelNames,
    samples: eachGpu(({ memoryUsedBytes }) => memoryUsedBytes),
  },
  {
    name: 'typhon_gpu_memory_total_bytes',
    type: 'gauge',
    help: 'GPU memory, in bytes.',
    labels: gpuLabelNames,
    samples: eachGpu(({ memoryTotalBytes }) => memoryTotalBytes),
  },
  {
    name: 'typhon_gpu_temperature_celsius',
    type: 'gauge',
    help: 'Temperature of the GPU, in degrees Celsius.',
    labels: gpuLabelNames,
    samples: eachGpu(({ tempC }) => tempC),
  },
  {
    name: 'typhon_gpu_memory_temperature_celsius',
    type: 'gauge',
    help: "Temperature of the GPU's memory, in degrees Celsius, where the driver tells it.",
    labels: gpuLabelNames,
    samples: eachGpu(({ memoryTempC }) => memoryTempC),
  },
  {
    name: 'typhon_gpu_power_watts',
    type: 'gauge',
    help: 'Power that the GPU draws, in watts.',
    labels: gpuLabelNames,
    samples: eachGpu(({ powerW }) => powerW),
  },
  {
    name: 'typhon_gpu_power_limit_watts',
    type: 'gauge',
    help: 'Power that the driver lets the GPU draw, in watts.',
    labels: gpuLabelNames,
    samples: eachGpu(({ powerLimitW }) => powerLimitW),
  },
  {
    name: 'typhon_gpu_utilization_ratio',
    type: 'gauge',
    help: "Share, 0 to 1, of the driver's last sampling period in which the GPU was at work.",
    labels: gpuLabelNames,
    samples: eachGpu(({ utilRatio }) => utilRatio),
  },
  {
    name: 'typhon_gpu_clock_hertz',
    type: 'gauge',
    help: 'Clock of the shaders (sm) and of the memory, in hertz.',
    labels: [...gpuLabelNames, 'clock'],
    samples: ({ gpus }) => gpus().flatMap(clocksOf),
  },
  {
    name: 'typhon_gpu_throttle_active',
    type: 'gauge',
    help: "1 while this reason of heat or power holds the GPU's clocks down, else 0, for each reason that the driver tells.",
    labels: [...gpuLabelNames, 'reason'],
    samples: ({ gpus }) =>
      gpus().flatMap((sample) =>
        throttleReasons.flatMap((reason) => {
          const active = sample.throttle[reason];
          return sampleOf({ ...labelsOf(sample), reason }, active === undefined ? undefined : Number(active));
        }),
      ),
  },
  {
    name: 'typhon_gpu_throttled_seconds_total',
    type: 'counter',
    help: "Seconds that this reason has held the GPU's clocks down, by the driver's own count.",
    labels: [...gpuLabelNames, 'reason'],
    samples: ({ gpus }) =>
      gpus().flatMap((sample) =>
        throttleReasons.flatMap((reason) => {
          const ms = sample.throttledMs[reason];
          return sampleOf({ ...labelsOf(sample), reason }, ms === undefined ? undefined : ms / MS_PER_SECOND);
        }),
      ),
  },
  {
    name: 'typhon_gpu_pcie_link_width',
    type: 'gauge',
    help: "Lanes of the GPU's PCIe link.",
    labels: gpuLabelNames,
    samples: eachGpu(({ pcieWidth }) => pcieWidth),
  },
  {
    name: 'typhon_gpu_pcie_link_width_max',
    type: 'gauge',
    help: 'Lanes that the GPU itself can use, whatever it is plugged into.',
    labels: gpuLabelNames,
    samples: eachGpu(({ pcieWidthMax }) => pcieWidthMax),
  },
  {
    name: 'typhon_gpu_pcie_link_generation',
    type: 'gauge',
    help: "PCIe generation of the GPU's link; a link rests at a lower one.",
    labels: gpuLabelNames,
    samples: eachGpu(({ pcieGen }) => pcieGen),
  },
  {
    name: 'typhon_gpu_pcie_link_generation_max',
    type: 'gauge',
    help: 'PCIe generation that the GPU itself can use, whatever it is plugged into.',
    labels: gpuLabelNames,
    samples: eachGpu(({ pcieGenMax }) => pcieGenMax),
  },
  {
    name: 'typhon_gpu_ecc_errors_total',
    type: 'counter',
    help: 'Memory errors that could not be corrected, since the driver was loaded.',
    labels: gpuLabelNames,
    samples: eachGpu(({ eccUncorrected }) => eccUncorrected),
  },
  {
    name: 'typhon_gpu_energy_joules_total',
    type: 'counter',
    help: "Energy that the GPU has used, in joules, by the driver's own counter, which may restart with it.",
    labels: gpuLabelNames,
    samples: eachGpu(({ energyJ }) => energyJ),
  },
  {
    name: 'typhon_gpu_info',
    type: 'gauge',
    help: 'Always 1: what the GPU is.',
    labels: [...gpuLabelNames, 'name', 'vendor', 'driver', 'memory'],
    samples: ({ gpus }) =>
      gpus().map((sample) => ({
        labels: {
          ...labelsOf(sample),
          name: labelValue(sample.name ?? ''),
          vendor: sample.vendor,
          driver: labelValue(sample.driver ?? ''),
          memory: sample.memoryKind,
        },
        value: 1,
      })),
  },
] as const satisfies MetricFamily;
