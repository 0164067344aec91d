/** The figures of one test in two runs, side by side with their ratio: of two models or workloads, too, without a verdict. */
import type { TestResult } from '../../benchmark/result.js';
import type { Known, Unit } from '../../shared/figure-text.js';

export interface FigurePair {
  readonly figure: keyof typeof compared;
  readonly unit: Unit;
  readonly before: number;
  readonly after: number;
  /** The second over the first. */
  readonly ratio: number;
}

/** In the order in which they are shown. */
const compared = {
  decode_tps: { unit: 'tokens/s', of: ({ avg_tps }) => avg_tps },
  aggregate_tps: { unit: 'tokens/s', of: ({ aggregate_tps }) => aggregate_tps },
  prefill_tps: { unit: 'tokens/s', of: ({ avg_prefill_tps }) => avg_prefill_tps },
  ttft_s: { unit: 's', of: ({ avg_ttft_s }) => avg_ttft_s },
  peak_vram_mb: { unit: 'MiB', of: ({ gpu_stats }) => gpu_stats?.peak_vram_used_mb },
  joules_per_token: { unit: 'J', of: ({ gpu_stats }) => gpu_stats?.joules_per_token },
} as const satisfies Readonly<Record<string, { readonly unit: Unit; readonly of: (test: TestResult) => Known }>>;

const names = Object.keys(compared) as (keyof typeof compared)[];

/** None where it is not the same test, or was not measured in both. */
export function figurePairs(before: TestResult | undefined, after: TestResult | undefined): FigurePair[] {
  if (before === undefined || after === undefined || !isOneTest(before, after)) return [];
  return names.flatMap((figure) => {
    const { unit, of } = compared[figure];
    const [was, is] = [of(before), of(after)];
    if (typeof was !== 'number' || typeof is !== 'number' || was <= 0) return [];
    return [{ figure, unit, before: was, after: is, ratio: is / was }];
  });
}

/** Whether both were measured with the same sizes. */
export function isOneTest(before: TestResult, after: TestResult): boolean {
  return (
    before.ctx_size === after.ctx_size &&
    before.max_tokens === after.max_tokens &&
    before.concurrency === after.concurrency
  );
}
