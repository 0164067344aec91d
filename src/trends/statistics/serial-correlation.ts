/** How much neighbours in a series resemble each other: a warm room slows more than one run. */

/** No estimate from some tens of values is believed beyond this: nothing would ever be significant. */
export const LARGEST_CORRELATION = 0.9;

/**
 * Correlation of each value with the next, without what a short sample takes off it: (1 + 4 r) / n (M. G. Kendall,
 * Biometrika 41, 1954). `undefined` where all values are equal.
 */
export function lagOneCorrelation(values: readonly number[]): number | undefined {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let products = 0;
  let squares = 0;
  let previous = 0;
  for (const value of values) {
    const deviation = value - mean;
    products += deviation * previous;
    squares += deviation * deviation;
    previous = deviation;
  }
  if (squares <= 0) return undefined;
  const r = products / squares;
  return r + (1 + 4 * r) / values.length;
}
