import type { RequestResult, SuccessfulRun } from './result.js';

/** The requests that a test's figures are of: successes, except those whose wave was not whole. */
export function samplesOf(runs: readonly RequestResult[]): SuccessfulRun[] {
  return runs.flatMap((run) => (run.success && !run.flags.includes('partial_wave') ? [run] : []));
}
