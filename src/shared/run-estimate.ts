/** How long runs take, by those that were done. */

/** What of a job counts here. */
export interface PastRun {
  readonly status: string;
  readonly mode: string;
  readonly target: string | null;
  readonly model: string | null;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  /** Where it was interrupted: its span has the interruptions in it. */
  readonly resumed_at?: string | undefined;
}

export interface RunWish {
  readonly mode: string;
  /** Narrows it down where it is known. */
  readonly target?: string | undefined;
  readonly model?: string | undefined;
}

export interface BatchEstimate {
  /** In milliseconds, of each model; `undefined` of one that was never measured there in that mode. */
  readonly each: readonly (number | undefined)[];
  /** In milliseconds: one that was never measured takes as long as the others do. `undefined` where none was. */
  readonly wholeMs: number | undefined;
}

const LOOKED_AT = 5;
/** How many of a mode to look among: enough for several runs of each of some dozens of models. */
export const PAST_RUNS = 1000;

/**
 * How long such a run takes, in milliseconds, what loading its model takes included: the median of the last five that
 * were done in one go. `past`: newest first. `undefined` where there was none yet.
 */
export function estimatedMs(past: readonly PastRun[], { mode, target, model }: RunWish): number | undefined {
  const spans = past
    .filter((run) => run.status === 'done' && run.mode === mode && run.resumed_at === undefined)
    .filter((run) => (target === undefined || run.target === target) && (model === undefined || run.model === model))
    .slice(0, LOOKED_AT)
    .map(({ started_at: from, finished_at: to }) => Date.parse(to ?? '') - Date.parse(from ?? ''))
    .filter((ms) => !Number.isNaN(ms))
    .sort((a, b) => a - b);
  return spans[Math.floor(spans.length / 2)];
}

/** Of a run for each model, one after the other; `undefined` stands for the one that is loaded. */
export function estimatedBatch(
  past: readonly PastRun[],
  { mode, target }: Omit<RunWish, 'model'>,
  models: readonly (string | undefined)[],
): BatchEstimate {
  const each = models.map((model) => estimatedMs(past, { mode, target, model }));
  const known = each.filter((ms) => ms !== undefined);
  const mean = known.reduce((sum, ms) => sum + ms, 0) / known.length;
  const other = known.length > 0 ? mean : estimatedMs(past, { mode, target });
  const wholeMs = other === undefined ? undefined : each.reduce<number>((sum, ms) => sum + (ms ?? other), 0);
  return { each, wholeMs };
}
