import t from 'tap';
import { contextCurve, contextLabel } from '../../../src/web/results/context-curve.js';
import { testResult } from '../../fixtures/benchmark-result.js';

const sweep = (ctx: number, fields: Parameters<typeof testResult>[0] = {}) =>
  testResult({ test_id: `ctx_sweep_${ctx}`, category: 'context_sweep', ctx_size: ctx, ...fields });

t.test('goes from the smallest context to the largest, over what succeeded', async (t) => {
  const benchmarks = [
    testResult({ category: 'baseline' }),
    sweep(8192, { avg_tps: 60, avg_ttft_s: null }),
    sweep(2048, { avg_tps: 80, avg_ttft_s: 0.4 }),
    sweep(4096, { successful_runs: 0, avg_tps: null }),
  ];
  t.same(contextCurve({ benchmarks }), { contexts: [2048, 8192], decode: [80, 60], ttft: [0.4, null] });
});

t.test('is none with a single point', async (t) => {
  t.equal(contextCurve({ benchmarks: [sweep(2048)] }), undefined);
});

t.test('labels contexts briefly', async (t) => {
  t.same([512, 2048, 131_072].map(contextLabel), ['512', '2k', '128k']);
});
