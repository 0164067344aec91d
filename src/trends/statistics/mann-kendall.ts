/** The Mann–Kendall test: does a series rise or fall more than chance makes it? */
import { normalTail } from './normal.js';
import { tieSum } from './rank-sum.js';
import { LARGEST_CORRELATION, lagOneCorrelation } from './serial-correlation.js';
import type { Stretch } from './theil-sen.js';

export interface MannKendall {
  /** Pairs that rise less pairs that fall. */
  readonly s: number;
  /** Of S where nothing rises or falls; larger where neighbours resemble each other. */
  readonly variance: number;
  /** Two-sided; 1 where all values are equal. */
  readonly pValue: number;
}

/**
 * S and its variance with ties (M. G. Kendall, Rank Correlation Methods, 1975) for each stretch, added as for seasons
 * (Hirsch, Slack and Smith 1982), with a continuity correction. Where `residualsOf` gives a stretch without what is
 * suspected to be its trend, the variance grows as the effective size shrinks by the correlation of neighbours in it
 * (Yue and Wang, Water Resources Management 18, 2004, here of the ranks), so that a warm week is no trend. The points
 * are taken as equally spaced for that.
 */
export function mannKendall(
  stretches: readonly Stretch[],
  residualsOf?: (stretch: Stretch) => readonly number[],
): MannKendall {
  let s = 0;
  let variance = 0;
  for (const stretch of stretches) {
    s += risingLessFalling(stretch.map(({ y }) => y));
    variance += varianceOf(stretch) * correlationFactor(residualsOf?.(stretch) ?? []);
  }
  const distance = Math.max(0, Math.abs(s) - 1);
  return { s, variance, pValue: variance > 0 ? Math.min(1, 2 * normalTail(distance / Math.sqrt(variance))) : 1 };
}

function risingLessFalling(values: readonly number[]): number {
  let s = 0;
  for (let index = 1; index < values.length; index += 1) {
    const later = values[index] ?? 0;
    for (let before = 0; before < index; before += 1) {
      const earlier = values[before] ?? 0;
      if (later > earlier) s += 1;
      else if (later < earlier) s -= 1;
    }
  }
  return s;
}

function varianceOf(stretch: Stretch): number {
  const sorted = Float64Array.from(stretch, ({ y }) => y).sort();
  const n = stretch.length;
  const ties = tieSum(sorted, (t) => t * (t - 1) * (2 * t + 5));
  return (n * (n - 1) * (2 * n + 5) - ties) / 18;
}

/** n / n* = 1 + 2 Σ (1 − k / n) rᵏ of a first-order process with the residuals' lag-1 correlation r; at least 1. */
function correlationFactor(residuals: readonly number[]): number {
  const n = residuals.length;
  const r = Math.min(lagOneCorrelation(ranksOf(residuals)) ?? 0, LARGEST_CORRELATION);
  if (n < 4 || r <= 0) return 1;
  let factor = 1;
  for (let lag = 1; lag < n; lag += 1) factor += 2 * (1 - lag / n) * r ** lag;
  return factor;
}

function ranksOf(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const ranks = new Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && order[end]?.value === order[start]?.value) end += 1;
    for (const { index } of order.slice(start, end)) ranks[index] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}
