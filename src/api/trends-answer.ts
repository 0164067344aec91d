/** What `GET /trends` answers: every series judged, with its last runs for a plot. */
import * as z from 'zod';
import { readWholeTail } from '../chronicle/rotation.js';
import type { ChronicleRow } from '../chronicle/row.js';
import type { StoragePaths } from '../chronicle/storage.js';
import { type SeriesKey, seriesId } from '../trends/series.js';
import { signalValue } from '../trends/signal.js';
import { type Trend, trendSchema } from '../trends/trend.js';
import type { TrendBookSettings } from '../trends/trend-book.js';

const known = z.number().nullable();

const pointSchema = z.object({
  run_id: z.string(),
  run_at: z.string(),
  decode_speed: known,
  prefill_speed: known,
  ttft: known,
  energy_per_token: known,
  peak_temperature: known,
  model_load: known,
});

export const trendsAnswerSchema = z.object({
  generated_at: z.iso.datetime(),
  window: z.number().int(),
  min_samples: z.number().int(),
  /** The least change that is a regression, 0–1. */
  drop: z.number(),
  /** That of the newest run last. */
  series: z.array(trendSchema.extend({ points: z.array(pointSchema) })),
});
export type TrendsAnswer = z.infer<typeof trendsAnswerSchema>;

export interface TrendsQuery {
  readonly target?: string | undefined;
  readonly model?: string | undefined;
  readonly test?: string | undefined;
  /** Of the last runs of each series. */
  readonly points: number;
}

/** Points are looked for so far back over all series. */
const ROWS = 5000;

/** `trends` as the book tells them. Throws `StorageError`. */
export async function trendsAnswer(
  paths: Pick<StoragePaths, 'chronicle'>,
  trends: readonly Trend[],
  { query, settings, now }: { readonly query: TrendsQuery; readonly settings: TrendBookSettings; readonly now: Date },
): Promise<TrendsAnswer> {
  const wanted = trends.filter(({ series }) => isWanted(series, query));
  const rows = wanted.length === 0 || query.points === 0 ? [] : (await readWholeTail(paths, { rows: ROWS })).rows;
  const points = new Map<string, ChronicleRow[]>(wanted.map(({ series }) => [seriesId(series), []]));
  for (const row of rows) points.get(seriesId(row))?.push(row);
  const { window, minSamples, drop } = settings.options;
  return {
    generated_at: now.toISOString(),
    window,
    min_samples: minSamples,
    drop,
    series: wanted.map((trend) => ({
      ...trend,
      points: (points.get(seriesId(trend.series)) ?? []).slice(-query.points).map(pointOf),
    })),
  };
}

function isWanted({ target, model, test_id }: SeriesKey, query: TrendsQuery): boolean {
  return (query.target ?? target) === target && (query.model ?? model) === model && (query.test ?? test_id) === test_id;
}

function pointOf(row: ChronicleRow): z.infer<typeof pointSchema> {
  return {
    run_id: row.run_id,
    run_at: row.run_at,
    decode_speed: signalValue(row, 'decode_speed') ?? null,
    prefill_speed: signalValue(row, 'prefill_speed') ?? null,
    ttft: signalValue(row, 'ttft') ?? null,
    energy_per_token: signalValue(row, 'energy_per_token') ?? null,
    peak_temperature: signalValue(row, 'peak_temperature') ?? null,
    model_load: signalValue(row, 'model_load') ?? null,
  };
}
