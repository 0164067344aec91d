/** Decode speed and power of several runs over the context size, on one axis. */
import type { ComparedSide } from './compare-words.js';

export interface CompareCurves {
  /** All context sizes of all runs, ascending, in tokens. */
  readonly contexts: readonly number[];
  readonly runs: readonly {
    /** Which of the runs, counted from 0: it has the colour of its number. */
    readonly index: number;
    readonly decode: readonly (number | null)[];
    /** In watts, all GPUs together. */
    readonly power: readonly (number | null)[];
  }[];
  readonly hasPower: boolean;
}

/** `undefined` where no two sizes were measured. */
export function compareCurves(runs: readonly ComparedSide[]): CompareCurves | undefined {
  const sized = runs.map(({ tests }) =>
    tests.filter(({ category, error }) => (category === 'context_sweep' || category === 'zeus') && error === null),
  );
  const contexts = [...new Set(sized.flat().map(({ ctx_size: size }) => size))].toSorted((a, b) => a - b);
  if (contexts.length < 2) return undefined;
  const curves = sized.flatMap((tests, index) => {
    if (tests.length === 0) return [];
    const at = (size: number) => tests.find(({ ctx_size }) => ctx_size === size);
    return [
      {
        index,
        decode: contexts.map((size) => at(size)?.decode_tps ?? null),
        power: contexts.map((size) => at(size)?.avg_power_w ?? null),
      },
    ];
  });
  return { contexts, runs: curves, hasPower: curves.some(({ power }) => power.some((watts) => watts !== null)) };
}
