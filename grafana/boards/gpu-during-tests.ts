/** What the GPUs did while the benchmarks ran: a row of the benchmarks. */
import type { BoardRow } from '../board.js';
import { celsius, JOULES_PER_TOKEN, RATIO, SERIES_GPU_LEGEND, SERIES_LEGEND } from '../look.js';
import { timeSeries } from '../panels/time-series.js';
import { by, SERIES, SERIES_GPU } from '../promql.js';
import { query } from '../query.js';
import { series } from '../series.js';

export const gpuDuringTests: BoardRow = {
  title: 'GPU during the tests',
  panels: [
    timeSeries({
      id: 30,
      title: 'GPU memory',
      description: 'Most that everybody together used during the timed requests of the last run.',
      unit: 'bytes',
      width: 8,
      height: 9,
      queries: [query(by('max', SERIES_GPU, series('typhon_benchmark_gpu_memory_used_peak_bytes')), SERIES_GPU_LEGEND)],
      values: 'held',
      min: 0,
      noValue: 'no GPU',
    }),
    timeSeries({
      id: 31,
      title: 'GPU temperature',
      description: 'Highest during the timed requests of the last run.',
      unit: 'celsius',
      width: 8,
      height: 9,
      queries: [
        query(by('max', SERIES_GPU, series('typhon_benchmark_gpu_temperature_peak_celsius')), SERIES_GPU_LEGEND),
      ],
      values: 'held',
      thresholds: celsius,
      noValue: 'no GPU',
    }),
    timeSeries({
      id: 32,
      title: 'GPU power',
      description: 'Mean during the timed requests of the last run.',
      unit: 'watt',
      width: 8,
      height: 9,
      queries: [query(by('max', SERIES_GPU, series('typhon_benchmark_gpu_power_avg_watts')), SERIES_GPU_LEGEND)],
      values: 'held',
      min: 0,
      noValue: 'no GPU',
    }),
    timeSeries({
      id: 33,
      title: 'Energy per token',
      description: 'Energy of all GPUs together over the generated tokens.',
      unit: JOULES_PER_TOKEN,
      width: 8,
      height: 9,
      queries: [query(by('max', SERIES, series('typhon_benchmark_energy_joules_per_token')), SERIES_LEGEND)],
      values: 'held',
      min: 0,
      noValue: 'no GPU',
    }),
    timeSeries({
      id: 34,
      title: 'GPU utilisation',
      description:
        'Share of the timed requests in which the GPU was at work. A low one says that something else is slow.',
      unit: RATIO,
      width: 8,
      height: 9,
      queries: [query(by('max', SERIES_GPU, series('typhon_benchmark_gpu_utilization_ratio')), SERIES_GPU_LEGEND)],
      values: 'held',
      min: 0,
      max: 1,
      noValue: 'no GPU',
    }),
    timeSeries({
      id: 35,
      title: 'Throttled during the tests',
      description: 'Share of the timed requests in which heat or power held the GPU’s clocks down.',
      unit: RATIO,
      width: 8,
      height: 9,
      queries: [query(by('max', SERIES_GPU, series('typhon_benchmark_gpu_throttled_ratio')), SERIES_GPU_LEGEND)],
      values: 'held',
      min: 0,
      max: 1,
      thresholds: ['green', [0.1, 'orange'], [0.5, 'red']],
      noValue: 'no GPU',
    }),
  ],
};
