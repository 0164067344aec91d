/** The Mann–Kendall test: does a series rise or fall more than chance makes it? */
import { normalTail } from './normal.js';
import { tieSum } from './rank-test.js';
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
 * (Hirsch, Slack and Smith 1982), with a continuity correction. The variance of a stretch grows with the correlation
 * that is left in its ranks once `slope` is taken out (Hamed and Rao, J. Hydrology 204, 1998), so that a warm week is
 * no trend. The points are taken as equally spaced for that.
 */
export function mannKendall(stretches: readonly Stretch[], slope: number): MannKendall {
  let s = 0;
  let variance = 0;
  for (const stretch of stretches) {
    s += risingLessFalling(stretch.map(({ y }) => y));
    variance += varianceOf(stretch) * correlationFactor(stretch.map(({ x, y }) => y - slope * x));
  }
  const distance = Math.max(0, Math.abs(s) - 1);
  return { s, variance, pValue: variance > 0 ? Math.min(1, 2 * normalTail(distance / Math.sqrt(variance))) : 1 };
}

function risingLessFalling(values: readonly number[]): number {
  let s = 0;
  for (const [index, later] of values.entries()) {
    for (let before = 0; before < index; before += 1) s += Math.sign(later - (values[before] ?? later));
  }
  return s;
}

function varianceOf(stretch: Stretch): number {
  const sorted = Float64Array.from(stretch, ({ y }) => y).sort();
  const n = stretch.length;
  const ties = tieSum(sorted, (t) => t * (t - 1) * (2 * t + 5));
  return (n * (n - 1) * (2 * n + 5) - ties) / 18;
}

const Z_975 = 1.96;

/** n / n* of Hamed and Rao, from the significant correlations at lags up to a quarter of the length; at least 1. */
function correlationFactor(residuals: readonly number[]): number {
  const n = residuals.length;
  const ranks = ranksOf(residuals);
  const mean = (n + 1) / 2;
  const squares = ranks.reduce((sum, rank) => sum + (rank - mean) ** 2, 0);
  if (n < 4 || squares === 0) return 1;
  let sum = 0;
  for (let lag = 1; lag <= n / 4; lag += 1) {
    let products = 0;
    for (let at = lag; at < n; at += 1) products += ((ranks[at] ?? mean) - mean) * ((ranks[at - lag] ?? mean) - mean);
    const correlation = products / squares;
    if (Math.abs(correlation) > Z_975 / Math.sqrt(n)) sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * correlation;
  }
  return Math.max(1, 1 + (2 * sum) / (n * (n - 1) * (n - 2)));
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
