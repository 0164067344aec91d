/** The Theil–Sen slope over one or several stretches of a series. */
import { middleOf } from './median.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}
/** Points that may be compared with each other; a change of level lies between two stretches. Ascending in x. */
export type Stretch = readonly Point[];

/**
 * All pairwise slopes within the stretches, ascending; their median is Sen's slope (P. K. Sen, J. Am. Statist. Ass.
 * 63, 1968). Pooling stretches that differ in level is what Hirsch, Slack and Smith do for seasons (Water Resources
 * Research 18, 1982). O(n² log n): the caller thins what is longer than some hundred points.
 */
export function pairwiseSlopes(stretches: readonly Stretch[]): Float64Array {
  const pairs = stretches.reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);
  const slopes = new Float64Array(pairs);
  let count = 0;
  for (const stretch of stretches) {
    for (let index = 1; index < stretch.length; index += 1) {
      const later = stretch[index];
      for (let before = 0; before < index; before += 1) {
        const earlier = stretch[before];
        if (later === undefined || earlier === undefined || earlier.x === later.x) continue;
        slopes[count] = (later.y - earlier.y) / (later.x - earlier.x);
        count += 1;
      }
    }
  }
  return slopes.subarray(0, count).sort();
}

/** The median of slopes in ascending order, in y per x; `undefined` of none. */
export function theilSenSlope(slopes: Float64Array): number | undefined {
  return middleOf(slopes);
}

const Z_975 = 1.96;

/**
 * Two-sided 95 % interval of the slope from the variance of Mann and Kendall's S (Hollander and Wolfe, Nonparametric
 * Statistical Methods, section 9.3): the slopes C / 2 ranks either side of the median, C = 1.96 · √Var(S).
 */
export function slopeInterval95(slopes: Float64Array, variance: number): [number, number] | undefined {
  const half = (Z_975 * Math.sqrt(variance)) / 2;
  const low = slopes[Math.max(0, Math.floor(slopes.length / 2 - half))];
  const high = slopes[Math.min(slopes.length - 1, Math.ceil(slopes.length / 2 + half))];
  return low === undefined || high === undefined ? undefined : [low, high];
}
