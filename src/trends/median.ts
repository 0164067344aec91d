/** Robust centre and spread. */

export function median(values: readonly number[] | Float64Array): number | undefined {
  return middleOf(new Float64Array(values).sort());
}

/** The median of values in ascending order; `undefined` of none. */
export function middleOf(sorted: Float64Array): number | undefined {
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : lower + (upper - lower) / 2;
}

/** Median of the absolute deviations from the median; 0 where more than half of the values are equal. */
export function medianAbsoluteDeviation(values: readonly number[]): number | undefined {
  const centre = median(values);
  return centre === undefined ? undefined : median(values.map((value) => Math.abs(value - centre)));
}
