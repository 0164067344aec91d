import type { Trend } from './trend.js';

export interface BaselinePending {
  /** Good runs so far, of the test that has most. */
  readonly samples: number;
  readonly needed: number;
}

/** How far it is from being known what is normal; `undefined` once the decode speed of any test is judged. */
export function baselinePendingOf(trends: readonly Pick<Trend, 'signals'>[]): BaselinePending | undefined {
  const states = trends.flatMap(({ signals }) =>
    signals.flatMap(({ signal, regression }) => (signal === 'decode_speed' ? [regression] : [])),
  );
  const pending = states.flatMap((state) => (state.status === 'learning' ? [state] : []));
  const [first, ...others] = pending;
  if (first === undefined || pending.length < states.length) return undefined;
  return others.reduce((most, next) => (next.samples > most.samples ? next : most), first);
}
