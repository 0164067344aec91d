/** Figures of one quantity over a window, from readings at irregular times. */
import type { TimeWindow } from './time-window.js';
import { added } from './unknown-number.js';

/** Readings of one quantity, oldest first; those that were unknown are left out. */
export type Series = readonly Point[];

export interface Point {
  readonly atMs: number;
  readonly value: number;
}

export function seriesOf<T extends { readonly atMs: number }>(
  samples: readonly T[],
  figureOf: (sample: T) => number | undefined,
): Series {
  return samples.flatMap((sample) => {
    const value = figureOf(sample);
    return value === undefined ? [] : [{ atMs: sample.atMs, value }];
  });
}

/**
 * The samples that speak for a window: those inside it, and for a window shorter than two intervals the nearest on
 * each side as well, unless further away than `gapMs`.
 */
export function samplesFor<T extends { readonly atMs: number }>(
  samples: readonly T[],
  window: TimeWindow,
  { intervalMs, gapMs }: { readonly intervalMs: number; readonly gapMs: number },
): readonly T[] {
  const isShort = window.endMs - window.startMs < 2 * intervalMs;
  const before = isShort ? samples.findLast(({ atMs }) => atMs < window.startMs) : undefined;
  const after = isShort ? samples.find(({ atMs }) => atMs > window.endMs) : undefined;
  return samples.filter((sample) => {
    if (sample === before) return window.startMs - sample.atMs <= gapMs;
    if (sample === after) return sample.atMs - window.endMs <= gapMs;
    return sample.atMs >= window.startMs && sample.atMs <= window.endMs;
  });
}

/** Mean of the samples, in the unit of the series; `undefined` for an empty one. */
export function meanOf(series: Series): number | undefined {
  return series.length === 0 ? undefined : series.reduce((sum, { value }) => sum + value, 0) / series.length;
}

/** Highest value of the series; `undefined` for an empty one. */
export function peakOf(series: Series): number | undefined {
  return series.length === 0 ? undefined : series.reduce((peak, { value }) => Math.max(peak, value), -Infinity);
}

/**
 * Integral over the window by the trapezoidal rule, in the value's unit times seconds, interpolated at the window's
 * edges. `undefined` where two readings lie further apart than `gapMs`: what happened between them is unknown.
 */
export function integralOf(series: Series, window: TimeWindow, gapMs: number): number | undefined {
  const first = valueAt(series, window.startMs, gapMs);
  const last = valueAt(series, window.endMs, gapMs);
  if (first === undefined || last === undefined || window.endMs <= window.startMs) return undefined;
  const inside = series.filter(({ atMs }) => atMs > window.startMs && atMs < window.endMs);
  const knots = [{ atMs: window.startMs, value: first }, ...inside, { atMs: window.endMs, value: last }];
  let sum = 0;
  for (const [place, knot] of knots.entries()) {
    const previous = knots[place - 1];
    if (previous === undefined) continue;
    const elapsedMs = knot.atMs - previous.atMs;
    if (elapsedMs > gapMs) return undefined;
    sum += ((previous.value + knot.value) / 2) * (elapsedMs / 1000);
  }
  return sum;
}

/** Between two readings no further apart than `gapMs` on the line that joins them, else the nearer within `gapMs`. */
function valueAt(series: Series, atMs: number, gapMs: number): number | undefined {
  const between = bracketedValue(series, atMs, gapMs);
  if (between !== undefined) return between;
  const { before, after } = neighbours(series, atMs);
  const beforeMs = before === undefined ? Infinity : atMs - before.atMs;
  const afterMs = after === undefined ? Infinity : after.atMs - atMs;
  if (Math.min(beforeMs, afterMs) > gapMs) return undefined;
  return beforeMs < afterMs ? before?.value : after?.value;
}

/**
 * How far a counter advanced in the window, interpolated at its edges. `undefined` where no reading lies on each side
 * of both edges, within `gapMs` of one another, or where the counter started anew in between.
 */
export function advanceOf(series: Series, window: TimeWindow, gapMs: number): number | undefined {
  const first = bracketedValue(series, window.startMs, gapMs);
  const last = bracketedValue(series, window.endMs, gapMs);
  if (first === undefined || last === undefined || window.endMs <= window.startMs) return undefined;
  const fell = series.some(({ value }, place) => value < (series[place - 1]?.value ?? value));
  return fell ? undefined : last - first;
}

function bracketedValue(series: Series, atMs: number, gapMs: number): number | undefined {
  const { before, after } = neighbours(series, atMs);
  if (before === undefined || after === undefined || after.atMs - before.atMs > gapMs) return undefined;
  if (after.atMs === before.atMs) return before.value;
  return before.value + ((after.value - before.value) * (atMs - before.atMs)) / (after.atMs - before.atMs);
}

function neighbours(
  series: Series,
  atMs: number,
): { readonly before?: Point | undefined; readonly after?: Point | undefined } {
  return {
    before: series.findLast((point) => point.atMs <= atMs),
    after: series.find((point) => point.atMs >= atMs),
  };
}

/**
 * Peak of the sum of several devices' series. Devices are read one after the other, so at each time the newest
 * reading of each counts. `undefined` where a device has none.
 */
export function peakOfSum(devices: readonly Series[]): number | undefined {
  const points = devices.flatMap((series, device) => series.map((point) => ({ ...point, device })));
  points.sort((a, b) => a.atMs - b.atMs);
  const newest: (number | undefined)[] = devices.map(() => undefined);
  let peak: number | undefined;
  for (const [place, point] of points.entries()) {
    newest[point.device] = point.value;
    // Readings with one stamp belong together: half of them new and half old would be a sum that never was.
    if (points[place + 1]?.atMs === point.atMs) continue;
    const sum = newest.reduce<number | undefined>((total, value) => added(total, value), 0);
    if (sum !== undefined) peak = Math.max(peak ?? sum, sum);
  }
  return peak;
}
