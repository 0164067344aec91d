/** Sample statistics. Each answers `undefined` where the sample is too small to say. */

/** Arithmetic mean, in the unit of the values; `undefined` for no values. */
export function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation, with n − 1 in the denominator; needs two values. */
export function sampleStandardDeviation(values: readonly number[]): number | undefined {
  const centre = mean(values);
  if (centre === undefined || values.length < 2) return undefined;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

// 97.5 % quantiles of Student's t for 1 … 30 degrees of freedom (any standard table).
const T_975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];
const Z_975 = 1.96;

/** 97.5 % quantile of Student's t; beyond the table from its expansion in 1 / df (Abramowitz and Stegun 26.7.5). */
export function tQuantile975(degreesOfFreedom: number): number {
  return T_975[degreesOfFreedom - 1] ?? Z_975 + (Z_975 ** 3 + Z_975) / (4 * degreesOfFreedom);
}

/** With two values Student's t is 12.7: their interval would say nothing. */
export const LEAST_FOR_INTERVAL = 3;

/**
 * Two-sided 95 % confidence interval of the mean of values that cannot be negative: mean ± t · s / √n, from 0 on; needs
 * three values. Its half-width is the distance from the mean to its upper end.
 */
export function confidenceInterval95(values: readonly number[]): [number, number] | undefined {
  const centre = mean(values);
  const deviation = sampleStandardDeviation(values);
  if (centre === undefined || deviation === undefined || values.length < LEAST_FOR_INTERVAL) return undefined;
  const half = (tQuantile975(values.length - 1) * deviation) / Math.sqrt(values.length);
  return [Math.max(0, centre - half), centre + half];
}

/** The q-quantile (0 … 1) with linear interpolation between order statistics (R's type 7). */
export function quantile(values: ArrayLike<number>, q: number): number | undefined {
  // Numbers of their own kind are sorted without a call for each pair.
  const sorted = new Float64Array(values).sort();
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  return low === undefined || high === undefined ? undefined : low + (high - low) * (at - Math.floor(at));
}
