/** Whether a sample of values has moved away from a reference, and what chance would make of it. */
import { type Direction, largeMovement, type Movement, type Signal } from './signal.js';
import { binomialTail } from './statistics/binomial.js';
import { median } from './statistics/median.js';
import { SIGNIFICANCE } from './statistics/significance.js';

/**
 * Whether the sample lies off the reference by a large change: by its median, and so that more than half of its runs
 * share at least half of the change, for the median of an even number lies between two runs.
 */
export function movementOf(
  signal: Signal,
  reference: readonly number[],
  sample: readonly number[],
  drop: number,
): Movement | undefined {
  const [level, current] = [median(reference), median(sample)];
  if (level === undefined || current === undefined) return undefined;
  const movement = largeMovement(signal, level, current, drop);
  if (movement === undefined) return undefined;
  const isShared = isMost(sample, (value) => largeMovement(signal, level, value, drop / 2) === movement);
  return isShared ? movement : undefined;
}

/** More than half of them. */
export function isMost(values: readonly number[], holds: (value: number) => boolean): boolean {
  return values.filter(holds).length > values.length / 2;
}

/** The side on which values that have moved so lie. */
export function tailOf(signal: Signal, movement: Movement): Direction {
  if (movement === 'worse') return signal.worse;
  return signal.worse === 'lower' ? 'higher' : 'lower';
}

/** Runs of a reference that are off by a large change, of which one may speak of a share. */
const OFTEN = 2;

/**
 * Whether runs are so often off by a large change that as many as in the sample may be so by chance: where one run in
 * four is disturbed, four in a row will be. Their share is estimated as Agresti and Coull do (American Statistician
 * 52, 1998), for a reference may have had fewer than usual.
 */
export function isOftenOff(
  signal: Signal,
  reference: readonly number[],
  sample: readonly number[],
  movement: Movement,
  drop: number,
): boolean {
  const level = median(reference);
  if (level === undefined) return false;
  const off = (values: readonly number[]): number =>
    values.filter((value) => largeMovement(signal, level, value, drop) === movement).length;
  const usual = off(reference);
  if (usual < OFTEN) return false;
  return binomialTail(off(sample), sample.length, (usual + 2) / (reference.length + 4)) > SIGNIFICANCE;
}
