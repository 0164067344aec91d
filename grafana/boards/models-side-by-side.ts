/** Every model that was measured, one a line. */
import type { BoardRow } from '../board.js';
import { JOULES_PER_TOKEN, TOKENS_PER_SECOND } from '../look.js';
import { table } from '../panels/table.js';
import { by, MACHINE_MODEL } from '../promql.js';
import { query } from '../query.js';
import { series, unfiltered } from '../series.js';

const SHORT = { category: 'baseline', test: unfiltered } as const;
const perModel = (selected: string) => by('max', MACHINE_MODEL, selected);

export const modelsSideBySide: BoardRow = {
  title: 'Models side by side',
  panels: [
    table({
      id: 3,
      title: 'Models side by side',
      description:
        'Speeds and waiting are those of the short baseline test, memory and energy the most of all tests, each of the last good run; loading, where that run had the model loaded. Sort by any column.',
      unit: 'short',
      width: 24,
      height: 9,
      labels: [
        { label: 'model', header: 'Model' },
        { label: 'target', header: 'Target' },
        { label: 'instance', header: 'Machine' },
      ],
      values: [
        {
          header: 'Decode',
          query: query(perModel(series('typhon_benchmark_tokens_per_second', SHORT))),
          unit: TOKENS_PER_SECOND,
          decimals: 1,
        },
        {
          header: 'Prefill',
          query: query(perModel(series('typhon_benchmark_prefill_tokens_per_second', SHORT))),
          unit: TOKENS_PER_SECOND,
          decimals: 0,
        },
        {
          header: 'First token',
          query: query(perModel(series('typhon_benchmark_time_to_first_token_seconds', SHORT))),
          unit: 's',
        },
        {
          header: 'Slowest decode',
          query: query(by('min', MACHINE_MODEL, series('typhon_benchmark_tokens_per_second'))),
          unit: TOKENS_PER_SECOND,
          decimals: 1,
        },
        {
          header: 'Peak VRAM',
          query: query(perModel(series('typhon_benchmark_gpu_memory_used_peak_bytes'))),
          unit: 'bytes',
        },
        {
          header: 'Energy',
          query: query(perModel(series('typhon_benchmark_energy_joules_per_token'))),
          unit: JOULES_PER_TOKEN,
          decimals: 2,
        },
        {
          header: 'Load',
          query: query(perModel(series('typhon_benchmark_model_load_seconds'))),
          unit: 's',
        },
        {
          header: 'Measured',
          query: query(`${perModel(series('typhon_benchmark_last_success_timestamp_seconds'))} * 1000`),
          unit: 'dateTimeFromNow',
        },
      ],
      sortBy: { header: 'Decode', desc: true },
    }),
  ],
};
