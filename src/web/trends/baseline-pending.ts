import type { TrendsAnswer } from '../../api/trends-answer.js';

export interface Learning {
  /** Good runs so far, of the test that has most. */
  readonly samples: number;
  readonly needed: number;
}

/** How far the machine is from knowing what is normal; `undefined` once the decode speed of any test is judged. */
export function learningOf({ series }: Pick<TrendsAnswer, 'series'>): Learning | undefined {
  const states = series.flatMap(({ signals }) =>
    signals.flatMap(({ signal, regression }) => (signal === 'decode_speed' ? [regression] : [])),
  );
  const learning = states.flatMap((state) => (state.status === 'learning' ? [state] : []));
  const [first, ...others] = learning;
  if (first === undefined || learning.length < states.length) return undefined;
  return others.reduce((most, next) => (next.samples > most.samples ? next : most), first);
}
