/** All models as comma-separated values: bare figures, one line a model. */

import { csvLine } from '../../shared/text/csv.js';
import type { ListedModel, ModelFigures, ModelList } from '../../trends/measured/model-list.js';

type Cell = string | number | null;
type Column = readonly [title: string, cell: (model: ListedModel) => Cell | undefined];

const figures = ['decode_tps', 'prefill_tps', 'ttft_s'] as const satisfies readonly (keyof ModelFigures)[];

export function modelsCsv({ models }: ModelList): string {
  const columns = columnsOf(models);
  const lines = models.map((model) => columns.map(([, cell]) => cell(model) ?? null));
  return [columns.map(([title]) => title), ...lines].map(csvLine).join('');
}

function columnsOf(models: readonly ListedModel[]): readonly Column[] {
  const sizes = ascending(models.flatMap(({ contexts }) => contexts.map(({ ctx_size }) => ctx_size)));
  const streams = ascending(models.flatMap((model) => model.streams.map((load) => load.streams)));
  return [
    ['machine_id', ({ machine_id }) => machine_id],
    ['target', ({ target }) => target],
    ['model', ({ model }) => model],
    ['quantisation', ({ quantisation }) => quantisation],
    ['model_file', ({ model_file }) => model_file],
    ['server_kind', ({ server }) => server.kind],
    ['server_version', ({ server }) => server.version],
    ['run_id', ({ run_id }) => run_id],
    ['run_at', ({ run_at }) => run_at],
    ['state', ({ state }) => state],
    ['short_workload_version', ({ short }) => short?.workload_version],
    ['short_run_at', ({ short }) => short?.run_at],
    ...figures.map((figure): Column => [`short_${figure}`, ({ short }) => short?.[figure]]),
    ['short_joules_per_token', ({ short }) => short?.joules_per_token],
    ['short_cost_per_million_tokens', ({ short }) => short?.cost_per_million_tokens],
    ['short_grams_co2_per_million_tokens', ({ short }) => short?.grams_co2_per_million_tokens],
    ...sizes.flatMap((size) => {
      const of = ({ contexts }: ListedModel) => contexts.find(({ ctx_size }) => ctx_size === size);
      return [
        [`ctx_${size}_workload_version`, (model: ListedModel) => of(model)?.workload_version],
        [`ctx_${size}_run_at`, (model: ListedModel) => of(model)?.run_at],
        ...figures.map((figure): Column => [`ctx_${size}_${figure}`, (model) => of(model)?.[figure]]),
      ] satisfies Column[];
    }),
    ...streams.flatMap((count) => {
      const of = (model: ListedModel) => model.streams.find((load) => load.streams === count);
      return [
        [`streams_${count}_aggregate_tps`, (model: ListedModel) => of(model)?.aggregate_tps],
        [`streams_${count}_decode_tps`, (model: ListedModel) => of(model)?.decode_tps],
      ] satisfies Column[];
    }),
    ['peak_vram_mb', ({ peak_vram_mb }) => peak_vram_mb],
    ['model_load_s', ({ model_load }) => model_load?.seconds],
  ];
}

function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
