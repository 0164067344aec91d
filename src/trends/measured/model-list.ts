/** Every model that was ever measured here with its newest figures, ranked: what `typhon models` and `GET /models` tell. */
import * as z from 'zod';
import { quantisationOf } from '../../shared/quantisation.js';
import { type EnergyPrice, tokenCost } from '../report/energy-cost.js';
import { signalNames, signals } from '../signal.js';
import type { Trend } from '../trend.js';
import type { MeasuredModel, MeasuredTest } from './model-index.js';
import { isOld, standingOf } from './standing.js';

const known = z.number().nullable();
const word = z.string().nullable();

/** Of one test, the last time that it was measured. */
const figuresSchema = z.object({
  test_id: z.string(),
  run_id: z.string(),
  run_at: z.string(),
  /** Longer ago than 30 days. */
  is_old: z.boolean(),
  workload_version: z.union([z.number().int(), z.string()]),
  /** Of another workload version than what is measured now: no figure to compare with the others. */
  is_other_workload: z.boolean(),
  /** Of one stream, tokens per second. */
  decode_tps: known,
  prefill_tps: known,
  ttft_s: known,
  peak_vram_mb: known,
  joules_per_token: known,
  /** Of that energy at the hour of the run, in `currency`, and in grams; `null` where it is not configured. */
  cost_per_million_tokens: known,
  grams_co2_per_million_tokens: known,
});
export type ModelFigures = z.infer<typeof figuresSchema>;

const listedModelSchema = z.object({
  machine_id: z.string(),
  target: z.string(),
  model: z.string(),
  server: z.object({ name: word, kind: word, version: word }),
  model_file: word,
  quantisation: word,
  /** The last run of it. */
  run_id: z.string(),
  run_at: z.string(),
  is_old: z.boolean(),
  /** The short prompt: what decode speed, TTFT and energy of the model are ranked by. */
  short: figuresSchema.nullable(),
  /** Filled contexts, the smallest first: prefill speed is ranked by that one. */
  contexts: z.array(figuresSchema.extend({ ctx_size: z.number().int() })),
  /** Load tests: the speed of all streams together beside `decode_tps`, which is that of one of them. */
  streams: z.array(figuresSchema.extend({ streams: z.number().int(), aggregate_tps: known })),
  /** The highest over all tests. */
  peak_vram_mb: known,
  /** The last time that it was loaded for a run. */
  model_load: z.object({ seconds: z.number(), run_at: z.string() }).nullable(),
  /** `worse`: one of its tests is, for good. `learning`: no baseline yet. `unknown`: not judged. */
  state: z.enum(['worse', 'steady', 'learning', 'unknown']),
  regressions: z.array(
    z.object({
      test_id: z.string(),
      signal: z.enum(signalNames),
      label: z.string(),
      change_ratio: z.number(),
      since: z.string(),
    }),
  ),
});
export type ListedModel = z.infer<typeof listedModelSchema>;

export const modelListSchema = z.object({
  generated_at: z.iso.datetime(),
  /** What is measured now. */
  workload_version: z.union([z.number().int(), z.string()]),
  /** Of the costs; `null` without a configured price. */
  currency: word,
  sorted_by: z.enum(['decode', 'prefill', 'ttft', 'vram', 'energy', 'load']),
  models: z.array(listedModelSchema),
});
export type ModelList = z.infer<typeof modelListSchema>;
export type ModelOrder = ModelList['sorted_by'];

export interface ModelListOptions {
  readonly now: Date;
  readonly sort: ModelOrder;
  readonly workloadVersion: number | string;
  /** Of any series. */
  readonly trends: readonly Trend[];
  readonly price?: EnergyPrice | undefined;
}

export function modelList(models: readonly MeasuredModel[], options: ModelListOptions): ModelList {
  const { now, sort, workloadVersion, trends } = options;
  const trendsOf = new Map<string, Trend[]>();
  for (const trend of trends) {
    const key = keyOf(trend.series);
    trendsOf.set(key, [...(trendsOf.get(key) ?? []), trend]);
  }
  const listed = models.map((model) => listedModel(model, trendsOf.get(keyOf(model)) ?? [], options));
  return {
    generated_at: now.toISOString(),
    workload_version: workloadVersion,
    currency: options.price?.currency ?? null,
    sorted_by: sort,
    models: ranked(listed, sort),
  };
}

function keyOf({ machine_id, target, model }: Pick<MeasuredModel, 'machine_id' | 'target' | 'model'>): string {
  return JSON.stringify([machine_id, target, model]);
}

const streamsPattern = /^concurrency_(\d+)$/;

function listedModel(model: MeasuredModel, trends: readonly Trend[], options: ModelListOptions): ListedModel {
  const { tests } = model;
  const short = tests.find(({ category }) => category === 'baseline');
  const vram = tests.flatMap(({ peak_vram_used_mb: peak }) => peak ?? []);
  const newest = new Map(tests.map(({ test_id, workload_version }) => [test_id, workload_version]));
  const current = trends.filter(({ series }) => newest.get(series.test_id) === series.workload_version);
  return {
    machine_id: model.machine_id,
    target: model.target,
    model: model.model,
    server: { name: model.server_name, kind: model.server_kind, version: model.server_version },
    model_file: model.model_file,
    quantisation: quantisationOf(model) ?? null,
    run_id: model.run_id,
    run_at: model.run_at,
    is_old: isOld(model.run_at, options.now),
    short: short === undefined ? null : figuresOf(short, options),
    contexts: tests
      .flatMap((test) => (fillsContext(test) ? [{ ...figuresOf(test, options), ctx_size: test.ctx_size }] : []))
      .sort((a, b) => a.ctx_size - b.ctx_size),
    streams: tests
      .flatMap((test) => {
        const streams = Number(streamsPattern.exec(test.test_id)?.[1]);
        if (Number.isNaN(streams)) return [];
        return [{ ...figuresOf(test, options), streams, aggregate_tps: test.aggregate_tps }];
      })
      .sort((a, b) => a.streams - b.streams),
    peak_vram_mb: vram.length === 0 ? null : Math.max(...vram),
    model_load: model.model_load,
    ...stateOf(current),
  };
}

function fillsContext(test: MeasuredTest): test is MeasuredTest & { readonly ctx_size: number } {
  return (test.category === 'context_sweep' || test.category === 'zeus') && test.ctx_size !== null;
}

function figuresOf(test: MeasuredTest, present: ModelListOptions): ModelFigures {
  return {
    test_id: test.test_id,
    run_id: test.run_id,
    run_at: test.run_at,
    workload_version: test.workload_version,
    ...standingOf(test, present),
    decode_tps: test.avg_tps,
    prefill_tps: test.avg_prefill_tps,
    ttft_s: test.avg_ttft_s,
    peak_vram_mb: test.peak_vram_used_mb,
    joules_per_token: test.joules_per_token,
    ...(test.joules_per_token === null
      ? { cost_per_million_tokens: null, grams_co2_per_million_tokens: null }
      : tokenCost(test.joules_per_token, present.price, new Date(test.run_at))),
  };
}

function stateOf(trends: readonly Trend[]): Pick<ListedModel, 'state' | 'regressions'> {
  const judged = trends.flatMap(({ series, signals: known }) =>
    known.map(({ signal, regression }) => ({ test_id: series.test_id, signal, regression })),
  );
  const regressions = judged.flatMap(({ test_id, signal, regression }) => {
    if (regression.status !== 'active') return [];
    const { change_ratio, since } = regression;
    return [{ test_id, signal, label: signals[signal].label, change_ratio, since }];
  });
  if (regressions.length > 0) return { state: 'worse', regressions };
  if (judged.length === 0) return { state: 'unknown', regressions };
  return {
    state: judged.every(({ regression }) => regression.status === 'learning') ? 'learning' : 'steady',
    regressions,
  };
}

interface Rank {
  readonly better: 'higher' | 'lower';
  readonly figure: (model: ListedModel) => number | null | undefined;
  /** Whose workload counts. */
  readonly test: (model: ListedModel) => ModelFigures | null | undefined;
}

const ranks: Readonly<Record<ModelOrder, Rank>> = {
  decode: { better: 'higher', figure: ({ short }) => short?.decode_tps, test: ({ short }) => short },
  prefill: {
    better: 'higher',
    figure: ({ contexts }) => contexts[0]?.prefill_tps,
    test: ({ contexts }) => contexts[0],
  },
  ttft: { better: 'lower', figure: ({ short }) => short?.ttft_s, test: ({ short }) => short },
  vram: { better: 'lower', figure: ({ peak_vram_mb }) => peak_vram_mb, test: () => null },
  energy: { better: 'lower', figure: ({ short }) => short?.joules_per_token, test: ({ short }) => short },
  load: { better: 'lower', figure: ({ model_load }) => model_load?.seconds, test: () => null },
};

/** The best first; figures of another workload after those of the present one, unknown ones last. */
function ranked(models: readonly ListedModel[], sort: ModelOrder): ListedModel[] {
  const { better, figure, test } = ranks[sort];
  const group = (model: ListedModel): number => {
    if ((figure(model) ?? null) === null) return 2;
    return test(model)?.is_other_workload ? 1 : 0;
  };
  return models.toSorted((a, b) => {
    const byFigure = (figure(a) ?? 0) - (figure(b) ?? 0);
    return group(a) - group(b) || (better === 'lower' ? byFigure : -byFigure) || byName(a, b);
  });
}

function byName(a: ListedModel, b: ListedModel): number {
  if (a.model === b.model) return a.target < b.target ? -1 : 1;
  return a.model < b.model ? -1 : 1;
}
