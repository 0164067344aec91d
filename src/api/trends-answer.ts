/** What `GET /trends` answers: every series judged, with its runs for a plot and what changed between them. */
import * as z from 'zod';
import { readWholeChronicle, readWholeTail } from '../chronicle/rotation.js';
import type { ChronicleRow } from '../chronicle/row.js';
import type { StoragePaths } from '../chronicle/storage.js';
import { readResets } from '../judging/trend-records.js';
import { baselineResetSchema, concerns } from '../trends/baseline-reset.js';
import { environmentMarkSchema } from '../trends/changes/environment-mark.js';
import type { SeriesKey } from '../trends/series.js';
import { SeriesPoints } from '../trends/series-points.js';
import type { SignalName } from '../trends/signal.js';
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
  series: z.array(
    trendSchema.extend({
      points: z.array(pointSchema),
      runs_in_time: z.number().int().meta({ description: 'Runs that the points stand for' }),
    }),
  ),
  changes: z.array(environmentMarkSchema).meta({ description: 'Of driver, server, model file and workload' }),
  words: z
    .array(baselineResetSchema.required({ kind: true }))
    .meta({ description: 'What users have said of these series, oldest first' }),
});
export type TrendsAnswer = z.infer<typeof trendsAnswerSchema>;

export interface TrendsQuery {
  readonly target?: string | undefined;
  readonly model?: string | undefined;
  readonly test?: string | undefined;
  /** Of each series: its last runs or, where a time is given, at most so many of that. */
  readonly points: number;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly signal?: SignalName | undefined;
}

/** Points are looked for so far back over all series; a time may lie further back. */
const ROWS = 5000;

interface TrendsAnswerOptions {
  readonly query: TrendsQuery;
  readonly settings: TrendBookSettings;
  readonly now: Date;
}

type TrendPaths = Pick<StoragePaths, 'chronicle' | 'trendBook' | 'baselineResets'>;

/** `trends` as the book tells them. Throws `StorageError`. */
export async function trendsAnswer(
  paths: TrendPaths,
  trends: readonly Trend[],
  { query, settings, now }: TrendsAnswerOptions,
): Promise<TrendsAnswer> {
  const wanted = trends.filter(({ series }) => isWanted(series, query));
  const { points: most, from, to, signal = 'decode_speed' } = query;
  const [fromMs, toMs] = [from, to].map((at) => (at === undefined ? undefined : Date.parse(at)));
  const points = new SeriesPoints(
    wanted.map(({ series }) => series),
    { points: most, fromMs, toMs, signal },
  );
  if (wanted.length > 0 && most > 0) for await (const row of rowsSince(fromMs, paths)) points.fold(row);
  const { window, minSamples, drop } = settings.options;
  const series = wanted.map((trend) => {
    const { points: plotted, runs } = points.of(trend.series);
    return { ...trend, points: [...plotted], runs_in_time: runs };
  });
  const resets = wanted.length === 0 ? [] : await readResets(paths);
  return {
    generated_at: now.toISOString(),
    window,
    min_samples: minSamples,
    drop,
    series,
    changes: points.marks(series.flatMap(({ points: plotted }) => plotted)),
    words: resets
      .filter((reset) => wanted.some((trend) => concerns(reset, trend.series)))
      .map((reset) => ({ ...reset, kind: reset.kind ?? 'new_normal' })),
  };
}

/** The last rows, or where these begin later than `fromMs` all of them: one after the other, since years are many. */
async function* rowsSince(fromMs: number | undefined, paths: TrendPaths): AsyncGenerator<ChronicleRow> {
  const { rows, complete } = await readWholeTail(paths, { rows: ROWS });
  const oldest = rows[0];
  const reachesBack = fromMs === undefined || complete || (oldest !== undefined && Date.parse(oldest.run_at) <= fromMs);
  if (reachesBack) yield* rows;
  else yield* readWholeChronicle(paths);
}

function isWanted({ target, model, test_id }: SeriesKey, query: TrendsQuery): boolean {
  return (query.target ?? target) === target && (query.model ?? model) === model && (query.test ?? test_id) === test_id;
}
