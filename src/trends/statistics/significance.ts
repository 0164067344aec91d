/** How unlikely it is that the last runs differ from those before by noise alone, consecutive runs being alike. */

import type { Direction } from '../signal.js';
import { median, medianAbsoluteDeviation } from './median.js';
import { normalTail, normalTailQuantile } from './normal.js';
import { rankSumTest } from './rank-sum.js';
import { LARGEST_CORRELATION, lagOneCorrelation } from './serial-correlation.js';

/** Below this a difference counts as unlikely to be noise: 1 in 1,000. */
export const SIGNIFICANCE = 0.001;

export const SHORTEST_SPAN = 4;
export const LONGEST_SPAN = 20;

/**
 * Runs that are tested against those before them. The exact test reaches 1 in 1,000 with 4 runs once there are 10
 * before them, with 5 at 8, 6 at 7, 7 at 6 and 8 at 5. The longer spans are for changes near the threshold.
 */
export const SPANS: readonly number[] = [SHORTEST_SPAN, 5, 6, 7, 8, 10, 12, 16, LONGEST_SPAN];

/** Of the reference's spread, as a standard deviation: correlated noise does not reach so far either. */
const BEYOND_NOISE = 4;
/** Median absolute deviation to the standard deviation of a normal distribution. */
const DEVIATION_PER_MAD = 1.4826;

/**
 * The rank test's p, made larger where neighbours in the reference resemble each other, unless the sample lies beyond
 * what noise does: as many values tell less then, by the ratio (1 + r) / (1 − r) of variances for a first-order
 * process with the lag-1 correlation r (Bayley and Hammersley, Suppl. J. R. Statist. Soc. 8, 1946).
 */
export function significanceOf(sample: readonly number[], reference: readonly number[], tail: Direction): number {
  const { pValue } = rankSumTest(sample, reference, tail);
  const spread = DEVIATION_PER_MAD * (medianAbsoluteDeviation(reference) ?? 0);
  const distance = Math.abs((median(sample) ?? 0) - (median(reference) ?? 0));
  const r = Math.min(lagOneCorrelation(reference) ?? 0, LARGEST_CORRELATION);
  if (pValue >= 0.5 || distance >= BEYOND_NOISE * spread || r <= 0) return pValue;
  return normalTail(normalTailQuantile(pValue) * Math.sqrt((1 - r) / (1 + r)));
}
