/** When did it start: the one shift of level in a sequence. */
import { middleOf } from './median.js';

export interface ChangePoint {
  /** Of the first value on the new level. */
  readonly index: number;
  /** Sum of the absolute deviations from the two levels. */
  readonly deviation: number;
}

/**
 * The split into two levels that leaves the least sum of absolute deviations from the levels' medians: the least
 * absolute deviations estimate of a shift (J. Bai, Econometric Theory 11, 1995), which single bad runs do not move.
 * The new level starts at `earliest` or later and both sides have at least one value; `undefined` where that cannot
 * be. Of equal splits the earliest. O(n² log n): for some hundred values.
 */
export function changePoint(values: readonly number[], earliest = 1): ChangePoint | undefined {
  let best: ChangePoint | undefined;
  for (let index = Math.max(1, earliest); index < values.length; index += 1) {
    const deviation = absoluteDeviation(values.slice(0, index)) + absoluteDeviation(values.slice(index));
    if (best === undefined || deviation < best.deviation) best = { index, deviation };
  }
  return best;
}

/** Σ |x − median|, which is the sum of the upper half less the sum of the lower one. */
export function absoluteDeviation(values: readonly number[]): number {
  const sorted = new Float64Array(values).sort();
  const centre = middleOf(sorted) ?? 0;
  return sorted.reduce((sum, value) => sum + Math.abs(value - centre), 0);
}
