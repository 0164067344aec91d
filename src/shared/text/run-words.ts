/** What the runs of a test are called, those beyond its plan too. `precision`: the half-width of the 95 % interval, as a share of the mean. */

interface ExtraRun {
  /** As its result is numbered. */
  readonly run: number;
  readonly precision: number;
}

interface Limits {
  readonly precision: number;
  readonly maxRuns: number;
  readonly extraTimeMs: number;
}

/** `run 4`: timed runs alone have numbers. */
export function runWords({ run, warmup }: { readonly run: number; readonly warmup: boolean }): string {
  return warmup ? 'warm-up' : `run ${run}`;
}

/** `run 4 (extra, until ±3 %)`. */
export function extraRunWords({ run, precision }: ExtraRun): string {
  return `run ${run} (extra, until ${half(precision)})`;
}

/** What the extra runs of a whole benchmark are bounded by; `undefined` where there are none. */
export function extraRunsWords({ precision, maxRuns, extraTimeMs }: Limits): string | undefined {
  if (extraTimeMs <= 0) return undefined;
  const seconds = Math.round(extraTimeMs / 1000);
  return `Tests that vary are repeated until ${half(precision)}, up to ${maxRuns} timed runs each, for ${seconds} s at most in all.`;
}

function half(precision: number): string {
  return `±${Number((precision * 100).toFixed(1))} %`;
}
