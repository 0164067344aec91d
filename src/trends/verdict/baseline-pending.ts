import type { Trend } from '../trend.js';
import { slownessIn } from './slowdown.js';

export interface BaselinePending {
  /** Good runs so far, of the figure that has most; 0 where no run brought one. */
  readonly samples: number;
  /** `undefined` where no run brought a figure. */
  readonly needed: number | undefined;
}

/** How far it is from being known what is normal; `undefined` once a speed or the time to first token of any test is judged. */
export function baselinePendingOf(trends: readonly Pick<Trend, 'signals'>[]): BaselinePending | undefined {
  const states = trends.flatMap(({ signals }) => slownessIn(signals).map(({ regression }) => regression));
  const pending = states.flatMap((state) => (state.status === 'learning' ? [state] : []));
  if (pending.length < states.length) return undefined;
  const [first, ...others] = pending;
  if (first === undefined) return { samples: 0, needed: undefined };
  return others.reduce((most, next) => (next.samples > most.samples ? next : most), first);
}
