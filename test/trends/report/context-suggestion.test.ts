import t from 'tap';
import { suggestContext } from '../../../src/trends/report/context-suggestion.js';
import { failedTestResult, gpuStats, testResult } from '../../fixtures/benchmark-result.js';

/** One context of a card with 24,576 MiB. */
function context(ctx_size: number, avg_vram_used_mb: number | null) {
  const gpu_stats = gpuStats({ avg_vram_used_mb });
  return testResult({ test_id: `ctx_sweep_${ctx_size}`, category: 'context_sweep', ctx_size, gpu_stats });
}

t.test('suggests the largest context whose average VRAM stayed under 85 %', async (t) => {
  const tests = [context(8192, 15_000), context(16_384, 20_889), context(32_768, 20_890), context(4096, 12_000)];
  t.match(suggestContext(tests), { ctxSize: 16_384, reason: /\(85 %\)|85 %/ });
});

t.test('suggests nothing where every context leaves too little room', async (t) => {
  t.match(suggestContext([context(8192, 24_000)]), { ctxSize: undefined, reason: /15 % of VRAM free/ });
});

t.test('a context that failed and a test that does not fill its context say nothing', async (t) => {
  const failed = failedTestResult({ category: 'context_sweep', gpu_stats: gpuStats({ avg_vram_used_mb: 100 }) });
  const short = testResult({ gpu_stats: gpuStats({ avg_vram_used_mb: 100 }) });
  t.match(suggestContext([failed, short]), { ctxSize: undefined, reason: 'No context size was measured.' });
});

t.test('says so where the use of memory is not known', async (t) => {
  const blind = testResult({ category: 'context_sweep' });
  for (const test of [blind, context(8192, null)]) {
    t.match(suggestContext([test]), { ctxSize: undefined, reason: 'The use of GPU memory is not known.' });
  }
});

t.test('of several GPUs the memory counts together', async (t) => {
  const [gpu] = gpuStats().gpus;
  const gpu_stats = gpuStats({ avg_vram_used_mb: 40_000, gpus: gpu === undefined ? [] : [gpu, gpu] });
  const test = testResult({ category: 'context_sweep', ctx_size: 8192, gpu_stats });
  t.equal(suggestContext([test]).ctxSize, 8192);
});
