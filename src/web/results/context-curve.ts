import type { BenchmarkResult } from '../../benchmark/result.js';

/** Speeds over the context size, smallest context first; `null` where a figure is unknown. */
export interface ContextCurve {
  readonly contexts: readonly number[];
  readonly decode: readonly (number | null)[];
  /** In seconds. */
  readonly ttft: readonly (number | null)[];
}

/** `undefined` where there are fewer than two sizes: a point is no curve. */
export function contextCurve({ benchmarks }: Pick<BenchmarkResult, 'benchmarks'>): ContextCurve | undefined {
  const tests = benchmarks
    .filter(({ category, successful_runs: runs }) => (category === 'context_sweep' || category === 'zeus') && runs > 0)
    .sort((a, b) => a.ctx_size - b.ctx_size);
  if (tests.length < 2) return undefined;
  return {
    contexts: tests.map((test) => test.ctx_size),
    decode: tests.map((test) => test.avg_tps),
    ttft: tests.map((test) => test.avg_ttft_s),
  };
}

/** `2k`, `8k`, `128k`. */
export function contextLabel(tokens: number): string {
  return tokens >= 1024 ? `${Math.round(tokens / 1024)}k` : String(tokens);
}
