/** Every model by any of its figures, and the quantisations of one model beside each other. */
import { amount, figureText, type Unit } from '../../shared/figure-text.js';
import { shortModelName } from '../../shared/model-name.js';
import { quantisationInName } from '../../shared/quantisation.js';
import type { ListedModel, ModelFigures, ModelList, ModelOrder } from '../../trends/measured/model-list.js';

export interface RankedFigure {
  readonly name: ModelOrder;
  readonly title: string;
  readonly unit: Unit;
  readonly better: 'higher' | 'lower';
  readonly value: (model: ListedModel) => number | null;
  /** Whose workload and age count; `undefined` where they do not. */
  readonly test: (model: ListedModel) => ModelFigures | undefined;
}

const short = (model: ListedModel) => model.short ?? undefined;
const none = () => undefined;

export const rankedFigures: readonly RankedFigure[] = [
  {
    name: 'decode',
    title: 'Decode',
    unit: 'tokens/s',
    better: 'higher',
    value: (model) => model.short?.decode_tps ?? null,
    test: short,
  },
  {
    name: 'ttft',
    title: 'First token',
    unit: 's',
    better: 'lower',
    value: (model) => model.short?.ttft_s ?? null,
    test: short,
  },
  {
    name: 'prefill',
    title: 'Prefill',
    unit: 'tokens/s',
    better: 'higher',
    value: (model) => model.contexts[0]?.prefill_tps ?? null,
    test: (model) => model.contexts[0],
  },
  { name: 'vram', title: 'VRAM', unit: 'MiB', better: 'lower', value: (model) => model.peak_vram_mb, test: none },
  {
    name: 'energy',
    title: 'Energy per token',
    unit: 'J',
    better: 'lower',
    value: (model) => model.short?.joules_per_token ?? null,
    test: short,
  },
  {
    name: 'load',
    title: 'Load',
    unit: 's',
    better: 'lower',
    value: (model) => model.model_load?.seconds ?? null,
    test: none,
  },
];

export function figureNamed(name: ModelOrder): RankedFigure {
  const [first] = rankedFigures;
  const found = rankedFigures.find((figure) => figure.name === name) ?? first;
  if (found === undefined) throw new Error('expected a figure to rank by');
  return found;
}

/** With what keeps it from being compared with its neighbours. */
export function figureCell(
  model: ListedModel,
  figure: RankedFigure,
  currency: string | null = null,
): { readonly text: string; readonly note: string } {
  const test = figure.test(model);
  const notes = [
    ...(test?.is_other_workload === true ? [`workload ${test.workload_version}`] : []),
    ...(test?.is_old === true ? ['old'] : []),
    ...(figure.name === 'energy' ? costsOf(test, currency) : []),
  ];
  const value = figure.value(model);
  return { text: figureText(value, figure.unit), note: value === null ? '' : notes.join(', ') };
}

/** For a million tokens, where a price or the grams of CO₂ are configured. */
function costsOf(test: ModelFigures | undefined, currency: string | null): string[] {
  const { cost_per_million_tokens: cost = null, grams_co2_per_million_tokens: grams = null } = test ?? {};
  return [
    ...(cost === null || currency === null ? [] : [`${amount(cost)} ${currency}/1M`]),
    ...(grams === null ? [] : [`${amount(grams)} g CO₂/1M`]),
  ];
}

/** The best first; figures of another workload after those of the present one, unknown ones last. */
export function ranked(models: readonly ListedModel[], { value, test, better }: RankedFigure): ListedModel[] {
  const group = (model: ListedModel) => {
    if (value(model) === null) return 2;
    return test(model)?.is_other_workload === true ? 1 : 0;
  };
  return models.toSorted((a, b) => {
    const difference = (value(a) ?? 0) - (value(b) ?? 0);
    return group(a) - group(b) || (better === 'lower' ? difference : -difference) || byName(a, b);
  });
}

function byName(a: ListedModel, b: ListedModel): number {
  return a.model.localeCompare(b.model) || a.target.localeCompare(b.target);
}

export interface ModelFamily {
  /** Of the model without its quantisation. */
  readonly name: string;
  readonly models: readonly ListedModel[];
}

/** Quantisations of one model together, in the order of the best of each; those with several first. */
export function families(rankedModels: readonly ListedModel[]): ModelFamily[] {
  const known = new Map<string, ListedModel[]>();
  for (const model of rankedModels) {
    const name = familyName(model.model);
    known.set(name, [...(known.get(name) ?? []), model]);
  }
  const all = [...known].map(([name, models]) => ({ name, models }));
  return all.toSorted((a, b) => Number(b.models.length > 1) - Number(a.models.length > 1));
}

/** `hermes-3-llama-3.1-8b-q8_0` is of `hermes-3-llama-3.1-8b`. */
export function familyName(model: string): string {
  const name = shortModelName(model).replace(/\.gguf$/i, '');
  const quantisation = quantisationInName(name);
  const bare = quantisation === undefined ? name : name.replace(quantisation, '');
  return bare
    .toLowerCase()
    .replace(/[-_.:/]+$/, '')
    .replace(/([-_.:/])[-_.:/]+/g, '$1');
}

/** Of the whole machine: what the ranking holds for. */
export function workloadNote({ models, workload_version: workload }: ModelList): string | undefined {
  const isMixed = models.some(({ short: test }) => test?.is_other_workload === true);
  return isMixed
    ? `Figures of another workload than the present one (${workload}) come last: they do not compare.`
    : undefined;
}
