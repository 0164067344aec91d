/** The standard normal distribution's upper tail and its inverse. */

// Chebyshev fit of the complementary error function: W. H. Press et al., Numerical Recipes in C, 2nd ed., section 6.2
// (`erfcc`); relative error below 1.2e-7 everywhere, so that tails far out can still be compared.
const erfcCoefficients = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
  0.17087277,
];

function complementaryError(x: number): number {
  const t = 1 / (1 + Math.abs(x) / 2);
  const polynomial = erfcCoefficients.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const tail = t * Math.exp(-x * x + polynomial);
  return x >= 0 ? tail : 2 - tail;
}

/** P(Z ≥ z). */
export function normalTail(z: number): number {
  return complementaryError(z / Math.SQRT2) / 2;
}

const LARGEST_Z = 38;
const BISECTIONS = 60;

/** The z with P(Z ≥ z) = p; beyond ±38, where doubles end, ±38. */
export function normalTailQuantile(p: number): number {
  let low = -LARGEST_Z;
  let high = LARGEST_Z;
  for (let step = 0; step < BISECTIONS; step += 1) {
    const middle = (low + high) / 2;
    if (normalTail(middle) > p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
