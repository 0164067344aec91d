/** What heat, power, slots and memory do to a GPU over months: a row of the degradation. */
import type { BoardRow } from '../board.js';
import { GPU_LEGEND, JOULES_PER_TOKEN, RATIO, SERIES_LEGEND } from '../look.js';
import { timeSeries } from '../panels/time-series.js';
import { by, held, MACHINE_GPU } from '../promql.js';
import { query } from '../query.js';
import { series } from '../series.js';

export const hardwareHistory: BoardRow = {
  title: 'Hardware',
  panels: [
    timeSeries({
      id: 30,
      title: 'Throttling',
      description: 'Share of the time that heat or power held the clocks of the GPU down, benchmark or not.',
      unit: RATIO,
      width: 12,
      height: 9,
      queries: [
        query(
          by(
            'max',
            [...MACHINE_GPU, 'reason'],
            `avg_over_time(${series('typhon_gpu_throttle_active')}[$__rate_interval])`,
          ),
          `{{reason}} · ${GPU_LEGEND}`,
        ),
      ],
      values: 'live',
      min: 0,
      max: 1,
      noValue: 'no GPU',
    }),
    timeSeries({
      id: 31,
      title: 'Throttled during the tests',
      description: 'Share of the timed requests, of the GPU and the test that were held down most.',
      unit: RATIO,
      width: 12,
      height: 9,
      queries: [query(held(series('typhon_benchmark_gpu_throttled_ratio')), SERIES_LEGEND)],
      values: 'held',
      min: 0,
      max: 1,
      noValue: 'no GPU',
    }),
    timeSeries({
      id: 32,
      title: 'PCIe lanes',
      description:
        'Fewest in each step; dashed what the GPU itself can use, whatever slot it is in. Lanes that go missing come back by reseating the card.',
      unit: 'short',
      width: 12,
      height: 9,
      queries: [
        query(
          by('min', MACHINE_GPU, `min_over_time(${series('typhon_gpu_pcie_link_width')}[$__rate_interval])`),
          GPU_LEGEND,
        ),
        query(by('max', MACHINE_GPU, series('typhon_gpu_pcie_link_width_max')), `possible · ${GPU_LEGEND}`),
      ],
      values: 'held',
      reference: '/^possible/',
      min: 0,
      noValue: 'no GPU',
    }),
    timeSeries({
      id: 33,
      title: 'PCIe generation',
      description: 'Highest in each step, because a link rests at a lower one; dashed what the GPU itself can use.',
      unit: 'short',
      width: 12,
      height: 9,
      queries: [
        query(
          by('max', MACHINE_GPU, `max_over_time(${series('typhon_gpu_pcie_link_generation')}[$__rate_interval])`),
          GPU_LEGEND,
        ),
        query(by('max', MACHINE_GPU, series('typhon_gpu_pcie_link_generation_max')), `possible · ${GPU_LEGEND}`),
      ],
      values: 'held',
      reference: '/^possible/',
      min: 0,
      noValue: 'no GPU',
    }),
    timeSeries({
      id: 34,
      title: 'Uncorrected memory errors',
      description: 'Since the driver was loaded.',
      unit: 'short',
      width: 8,
      height: 9,
      queries: [query(by('max', MACHINE_GPU, series('typhon_gpu_ecc_errors_total')), GPU_LEGEND)],
      values: 'held',
      min: 0,
      noValue: 'no GPU that tells',
    }),
    timeSeries({
      id: 35,
      title: 'Energy per token',
      description: 'Of all GPUs together. It rises when clocks fall, and with a model or a server that does more work.',
      unit: JOULES_PER_TOKEN,
      width: 8,
      height: 9,
      queries: [query(held(series('typhon_benchmark_energy_joules_per_token')), SERIES_LEGEND)],
      values: 'held',
      noValue: 'no GPU',
    }),
    timeSeries({
      id: 36,
      title: 'Peak temperature during the tests',
      description: 'A rise over months is dust, dried paste or a dying fan.',
      unit: 'celsius',
      width: 8,
      height: 9,
      queries: [query(held(series('typhon_benchmark_gpu_temperature_peak_celsius')), SERIES_LEGEND)],
      values: 'held',
      noValue: 'no GPU',
    }),
  ],
};
