/** The Wilcoxon–Mann–Whitney rank-sum test, one-sided. */

import type { Direction } from '../signal.js';
import { normalTail } from './normal.js';

export interface RankTest {
  /** Mann and Whitney's U of the sample: pairs in which it lies on the side opposite to the tail, ties counted half. */
  readonly u: number;
  /** P(the sample lies at least as far in the tail | both come from one distribution). */
  readonly pValue: number;
  readonly method: 'exact' | 'normal';
}

// Beyond this the exact distribution costs milliseconds, and the approximation is good to the third digit.
const LARGEST_EXACT = 60;

/**
 * Tests whether `sample` lies `tail` of `reference`. Up to 60 values the distribution is exact, ties included: all
 * ways to draw the sample's ranks from the mid-ranks of both, counted by the shift algorithm (Streitberg and Röhmel,
 * Statistical Software Newsletter 12, 1986). Above, the normal approximation with corrections for ties and continuity
 * (Lehmann, Nonparametrics, 1975, section 1.4). An empty sample or reference tells nothing: p = 1.
 */
export function rankSumTest(sample: readonly number[], reference: readonly number[], tail: Direction): RankTest {
  const sign = tail === 'lower' ? 1 : -1;
  const ranked = doubledMidRanks(sample, reference, sign);
  const u = (ranked.sampleSum - sample.length * (sample.length + 1)) / 2;
  if (sample.length === 0 || reference.length === 0) return { u, pValue: 1, method: 'exact' };
  if (ranked.ranks.length <= LARGEST_EXACT) {
    return { u, pValue: exactTail(ranked.ranks, sample.length, ranked.sampleSum), method: 'exact' };
  }
  return { u, pValue: approximateTail(ranked.ranks, sample.length, u), method: 'normal' };
}

interface Ranked {
  /** Twice the mid-rank of every value, ascending: whole numbers even for ties. */
  readonly ranks: readonly number[];
  readonly sampleSum: number;
}

function doubledMidRanks(sample: readonly number[], reference: readonly number[], sign: number): Ranked {
  const values = [
    ...sample.map((value) => ({ value: value * sign, isSample: true })),
    ...reference.map((value) => ({ value: value * sign, isSample: false })),
  ].sort((a, b) => a.value - b.value);
  const ranks: number[] = [];
  let sampleSum = 0;
  for (let start = 0; start < values.length; ) {
    let end = start + 1;
    while (values[end]?.value === values[start]?.value && end < values.length) end += 1;
    for (const { isSample } of values.slice(start, end)) {
      ranks.push(start + end + 1);
      if (isSample) sampleSum += start + end + 1;
    }
    start = end;
  }
  return { ranks, sampleSum };
}

/** Share of all subsets of `size` ranks whose sum is at most `sum`. */
function exactTail(ranks: readonly number[], size: number, sum: number): number {
  // counts[k][s]: subsets of k of the ranks seen so far with the sum s. At most C(60, 30) = 1.2e17 of all: doubles
  // round the largest counts, which lie in the middle, by less than 1e-15 of their size.
  const counts = Array.from({ length: size + 1 }, () => new Float64Array(sum + 1));
  const [empty] = counts;
  if (empty !== undefined) empty[0] = 1;
  for (const rank of ranks) {
    for (let k = size; k > 0; k -= 1) addShifted(counts[k], counts[k - 1], rank);
  }
  const within = counts[size]?.reduce((total, count) => total + count, 0) ?? 0;
  return Math.min(1, within / binomial(ranks.length, size));
}

function addShifted(into: Float64Array | undefined, from: Float64Array | undefined, by: number): void {
  if (into === undefined || from === undefined) return;
  for (let at = into.length - 1; at >= by; at -= 1) into[at] = (into[at] ?? 0) + (from[at - by] ?? 0);
}

function binomial(n: number, k: number): number {
  let result = 1;
  for (let step = 0; step < k; step += 1) result = (result * (n - step)) / (step + 1);
  return result;
}

function approximateTail(ranks: readonly number[], size: number, u: number): number {
  const n = ranks.length;
  const others = n - size;
  const variance = ((size * others) / 12) * (n + 1 - tieSum(ranks, (t) => t ** 3 - t) / (n * (n - 1)));
  // All values equal: nothing lies anywhere.
  if (variance <= 0) return 1;
  return normalTail(((size * others) / 2 - u - 0.5) / Math.sqrt(variance));
}

/** The sum of `term(t)` over the groups of t equal values. */
export function tieSum(sorted: ArrayLike<number>, term: (t: number) => number): number {
  let sum = 0;
  for (let start = 0; start < sorted.length; ) {
    let end = start + 1;
    while (end < sorted.length && sorted[end] === sorted[start]) end += 1;
    sum += term(end - start);
    start = end;
  }
  return sum;
}
