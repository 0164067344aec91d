/** The largest context that this machine serves with room to spare. */
import type { TestResult } from '../../benchmark/result.js';

/** Above this share of its memory a card has no room for what else is drawn or loaded. */
const ROOMY = 0.85;

export interface ContextSuggestion {
  /** In tokens; `undefined` where nothing that was measured says so. */
  readonly ctxSize: number | undefined;
  /** A sentence: what the size rests on, or why there is none. */
  readonly reason: string;
}

const fillingCategories: readonly TestResult['category'][] = ['context_sweep', 'memory_wall', 'zeus'];

/** Memory of all GPUs together in MiB; `undefined` where one of them does not tell. */
export function vramTotalOf({ gpu_stats }: Pick<TestResult, 'gpu_stats'>): number | undefined {
  if (gpu_stats === null || gpu_stats.gpus.length === 0) return undefined;
  let total = 0;
  for (const { vram_total_mb } of gpu_stats.gpus) {
    if (vram_total_mb === null) return undefined;
    total += vram_total_mb;
  }
  return total > 0 ? total : undefined;
}

/** Mean use of the GPUs' memory during a test, 0–1. */
export function vramShareOf(test: Pick<TestResult, 'gpu_stats'>): number | undefined {
  const total = vramTotalOf(test);
  const used = test.gpu_stats?.avg_vram_used_mb ?? undefined;
  return total === undefined || used === undefined ? undefined : used / total;
}

/** The largest measured context whose average VRAM stayed under 85 %. */
export function suggestContext(tests: readonly TestResult[]): ContextSuggestion {
  const filling = tests.filter((test) => fillingCategories.includes(test.category) && test.error === null);
  if (filling.length === 0) return { ctxSize: undefined, reason: 'No context size was measured.' };
  const shares = filling.flatMap((test) => {
    const share = vramShareOf(test);
    return share === undefined ? [] : [{ ctxSize: test.ctx_size, share }];
  });
  if (shares.length === 0) return { ctxSize: undefined, reason: 'The use of GPU memory is not known.' };
  const roomy = shares.filter(({ share }) => share < ROOMY).sort((a, b) => b.ctxSize - a.ctxSize)[0];
  if (roomy !== undefined) {
    const percent = (roomy.share * 100).toFixed(0);
    return { ctxSize: roomy.ctxSize, reason: `The largest measured context under 85 % of VRAM (${percent} %).` };
  }
  return { ctxSize: undefined, reason: 'No measured context left 15 % of VRAM free.' };
}
