/** One model of one target in a few figures: what the page's overview shows of each, the worst first. */
import * as z from 'zod';
import { partlyOnCpu } from '../../benchmark/finding.js';
import { verdictStates } from '../../shared/verdict-state.js';
import { closedDays, dayOf, type History } from '../history.js';
import { type SeriesKey, seriesKeySchema } from '../series.js';
import type { SignalName } from '../signal.js';
import type { SignalTrend, Trend } from '../trend.js';
import { byTrouble, verdictOf } from '../verdict/machine-verdict.js';
import type { ModelFacts } from '../verdict/verdict-facts.js';
import { type Figure, figureOf, figureSchema } from './card-figure.js';

const known = z.number().nullable();

const SPARK_DAYS = 30;

export const targetCardSchema = z.object({
  target: z.string(),
  model: z.string().nullable().meta({ description: 'null where no model of the target is known' }),
  series: seriesKeySchema.nullable().meta({ description: 'Of which the decode speed is, in GET /trends' }),
  state: z.enum(verdictStates),
  since: z.iso.datetime().nullable(),
  concern: z.string().nullable().meta({ description: 'What became worse without making it slower' }),
  cause: z.string().nullable().meta({ description: 'Why it is in trouble, as far as that is known, in a line' }),
  is_current: z.boolean().meta({
    description: 'Whether the figures are those of today; false: of the last time that it could be measured',
  }),
  /** Of the short prompt, where it is measured. Tokens per second, seconds. */
  decode: figureSchema.nullable(),
  ttft: figureSchema.nullable(),
  /** Of the smallest filled context. */
  prefill: figureSchema.nullable(),
  days: z.array(known).length(SPARK_DAYS).meta({
    description:
      'Decode speed: the median of each of the last 30 days (UTC), today last; null where nothing was measured',
  }),
  band: z
    .object({ median: z.number(), low: z.number(), high: z.number() })
    .nullable()
    .meta({ description: 'Of the decode speed: where nine of ten good runs lie; null until that is known' }),
  last_run_at: z.iso.datetime().nullable(),
  next_run_at: z.iso.datetime().nullable().meta({ description: 'Without jitter; null where no schedule measures it' }),
  gpu_ratio: known.meta({ description: 'Share of the model that lies on GPUs, 0 to 1, as the server tells now' }),
  partly_on_cpu: z
    .string()
    .nullable()
    .meta({ description: 'In words: as the server tells now, else as the last run had it' }),
  gpus: z
    .union([z.literal('all'), z.array(z.union([z.number().int(), z.string()]))])
    .meta({ description: 'Indexes or UUIDs, as configured' }),
});
export type TargetCard = z.infer<typeof targetCardSchema>;

export interface CardSources {
  readonly now: Date;
  readonly historyOf: (series: SeriesKey, signal: SignalName) => History | undefined;
  readonly schedules: readonly {
    readonly schedule: { readonly targets: 'all' | readonly string[] };
    readonly nextRun: Date | undefined;
  }[];
  /** As they were last asked. */
  readonly targets: readonly SeenServer[];
  readonly gpusOf: (target: string) => 'all' | readonly (number | string)[];
}

interface SeenServer {
  readonly name: string;
  readonly server?: { readonly model: string; readonly gpuRatio?: number | undefined } | undefined;
}

// A normal deviation is so many median absolute deviations, and 1.645 of those enclose nine of ten values.
const BAND_MADS = 1.4826 * 1.645;

export function targetCards(models: readonly ModelFacts[], sources: CardSources): TargetCard[] {
  return models.map((facts) => cardOf(facts, sources)).toSorted(bySize);
}

function bySize(a: TargetCard, b: TargetCard): number {
  const loss = ({ decode }: TargetCard) => decode?.change_ratio ?? 0;
  return byTrouble(a, b) || loss(a) - loss(b);
}

function cardOf(facts: ModelFacts, sources: CardSources): TargetCard {
  const { target, model, trends, lastRunAt } = facts;
  const { state, since, concern, likely_cause: cause } = verdictOf(facts);
  const [short, filled] = [shortPrompt(trends), smallestContext(trends)];
  const decode = signalIn(short, 'decode_speed');
  const figure = (trend: Trend | undefined, name: SignalName): Figure | null => {
    const signal = signalIn(trend, name);
    return signal === undefined ? null : figureOf(signal);
  };
  return {
    target: target.name,
    model,
    series: short?.series ?? null,
    state,
    since,
    concern,
    cause,
    is_current: state === 'well' || state === 'slower' || state === 'pending' || state === 'paused',
    decode: figure(short, 'decode_speed'),
    ttft: figure(short, 'ttft'),
    prefill: figure(filled, 'prefill_speed'),
    days: lastDays(short && sources.historyOf(short.series, 'decode_speed'), sources.now),
    band: bandOf(decode),
    last_run_at: lastRunAt ?? null,
    next_run_at: nextRunOf(target.name, sources),
    ...gpuShareOf(facts, sources),
    gpus: gpusOf(target.name, sources),
  };
}

/** That of the newest run comes last. */
function shortPrompt(trends: readonly Trend[]): Trend | undefined {
  return trends.findLast(({ series }) => series.test_id === 'baseline_short') ?? trends[0];
}

const contextPattern = /^ctx_sweep_(\d+)$/;

function smallestContext(trends: readonly Trend[]): Trend | undefined {
  const sizeOf = ({ series }: Trend) => Number(contextPattern.exec(series.test_id)?.[1] ?? Number.NaN);
  const [smallest] = trends.filter((trend) => sizeOf(trend) > 0).toSorted((a, b) => sizeOf(a) - sizeOf(b));
  return smallest;
}

function signalIn(trend: Trend | undefined, name: SignalName): SignalTrend | undefined {
  return trend?.signals.find(({ signal }) => signal === name);
}

function lastDays(history: History | undefined, now: Date): (number | null)[] {
  const values = new Map(history === undefined ? [] : closedDays(history));
  const today = dayOf(now.toISOString());
  return Array.from({ length: SPARK_DAYS }, (_, index) => values.get(today - SPARK_DAYS + 1 + index) ?? null);
}

function bandOf(signal: SignalTrend | undefined): TargetCard['band'] {
  if (!signal?.baseline) return null;
  const { median: middle, mad } = signal.baseline;
  return { median: middle, low: middle - BAND_MADS * mad, high: middle + BAND_MADS * mad };
}

function nextRunOf(name: string, { schedules }: CardSources): string | null {
  const times = schedules
    .filter(({ schedule: { targets } }) => targets === 'all' || targets.includes(name))
    .flatMap(({ nextRun }) => nextRun ?? [])
    .toSorted((a, b) => a.getTime() - b.getTime());
  return times[0]?.toISOString() ?? null;
}

function gpusOf(name: string, sources: CardSources): TargetCard['gpus'] {
  const gpus = sources.gpusOf(name);
  return gpus === 'all' ? gpus : [...gpus];
}

/** The server's own word of now goes before what the last run met. */
function gpuShareOf(
  { target, model, partlyOnCpu: lastWords }: ModelFacts,
  { targets }: CardSources,
): Pick<TargetCard, 'gpu_ratio' | 'partly_on_cpu'> {
  const server = targets.find(({ name }) => name === target.name)?.server;
  const ratio = server?.model === model ? server?.gpuRatio : undefined;
  if (ratio === undefined) return { gpu_ratio: null, partly_on_cpu: lastWords ?? null };
  return { gpu_ratio: ratio, partly_on_cpu: ratio < 1 ? partlyOnCpu(ratio).message : null };
}
