/** Robust centre and spread. */

// Judging a run takes hundreds of medians of some twenty values. A typed array of that size lies outside the heap:
// making and sorting one costs twice as much as sorting into room that is there already.
const room = new Float64Array(64);

/** In the unit of the values; the mean of the middle two for an even count, `undefined` for none. */
export function median(values: readonly number[] | Float64Array): number | undefined {
  if (values.length > room.length) return middleOf(new Float64Array(values).sort());
  for (let count = 0; count < values.length; count += 1) {
    const value = values[count] ?? 0;
    let at = count;
    for (; at > 0 && (room[at - 1] ?? 0) > value; at -= 1) room[at] = room[at - 1] ?? 0;
    room[at] = value;
  }
  return middleOf(room, values.length);
}

/** The median of values in ascending order, of the first `count` where it is given; `undefined` of none. */
export function middleOf(sorted: Float64Array, count = sorted.length): number | undefined {
  const upper = sorted[Math.floor(count / 2)];
  const lower = sorted[Math.ceil(count / 2) - 1];
  return upper === undefined || lower === undefined ? undefined : lower + (upper - lower) / 2;
}

/** Median of the absolute deviations from the median; 0 where more than half of the values are equal. */
export function medianAbsoluteDeviation(values: readonly number[]): number | undefined {
  const centre = median(values);
  return centre === undefined ? undefined : median(values.map((value) => Math.abs(value - centre)));
}
