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
 * be. Of equal splits the earliest. O(n²): for some hundred values.
 */
export function changePoint(values: readonly number[], earliest = 1): ChangePoint | undefined {
  const before = deviationsOfFirst(values);
  const after = deviationsOfFirst(values.toReversed());
  let best: ChangePoint | undefined;
  for (let index = Math.max(1, earliest); index < values.length; index += 1) {
    const deviation = (before[index] ?? 0) + (after[values.length - index] ?? 0);
    if (best === undefined || deviation < best.deviation) best = { index, deviation };
  }
  return best;
}

/** At each index the absolute deviation of so many of the first values. Kept sorted: to sort them each anew takes longest. */
function deviationsOfFirst(values: readonly number[]): Float64Array {
  const deviations = new Float64Array(values.length + 1);
  const sorted = new Float64Array(values.length);
  for (const [count, value] of values.entries()) {
    let at = count;
    for (; at > 0 && (sorted[at - 1] ?? 0) > value; at -= 1) sorted[at] = sorted[at - 1] ?? 0;
    sorted[at] = value;
    deviations[count + 1] = deviationOf(sorted, count + 1);
  }
  return deviations;
}

/** Σ |x − median|, which is the sum of the upper half less the sum of the lower one. */
export function absoluteDeviation(values: readonly number[]): number {
  return deviationOf(new Float64Array(values).sort(), values.length);
}

/** Of the first `count` values, which are sorted. */
function deviationOf(sorted: Float64Array, count: number): number {
  const centre = middleOf(sorted, count) ?? 0;
  let sum = 0;
  for (let index = 0; index < count; index += 1) sum += Math.abs((sorted[index] ?? 0) - centre);
  return sum;
}
