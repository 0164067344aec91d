/** What is normal for a signal: its last good runs, in figures for people, metrics and plots. */
import * as z from 'zod';
import type { RegressionState } from './regression-state.js';
import { median, medianAbsoluteDeviation } from './statistics/median.js';

export const baselineSchema = z.object({
  median: z.number(),
  /** Median absolute deviation, in the signal's unit; times 1.4826 it estimates a normal standard deviation. */
  mad: z.number(),
  samples: z.number().int(),
  /** When the first and the last of its runs took place. */
  from: z.iso.datetime(),
  to: z.iso.datetime(),
});
export type Baseline = z.infer<typeof baselineSchema>;

/** `undefined` until there are `minSamples` good runs. */
export function baselineOf(state: RegressionState): Baseline | undefined {
  if (state.status === 'learning') return undefined;
  const values = state.baseline.map(({ value }) => value);
  const [centre, spread] = [median(values), medianAbsoluteDeviation(values)];
  const [first, last] = [state.baseline[0], state.baseline.at(-1)];
  if (centre === undefined || spread === undefined || first === undefined || last === undefined) return undefined;
  return { median: centre, mad: spread, samples: values.length, from: first.at, to: last.at };
}
