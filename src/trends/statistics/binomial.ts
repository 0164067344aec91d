/** The binomial distribution's upper tail. */

/** P(at least `hits` of `trials` | each with the probability `p`). */
export function binomialTail(hits: number, trials: number, p: number): number {
  let term = (1 - p) ** trials;
  let below = 0;
  for (let count = 0; count < hits; count += 1) {
    below += term;
    term *= ((trials - count) / (count + 1)) * (p / (1 - p));
  }
  return Math.max(0, 1 - below);
}
