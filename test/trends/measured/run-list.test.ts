import t from 'tap';
import { runList, runListSchema } from '../../../src/trends/measured/run-list.js';
import { historyRow } from '../../fixtures/history.js';

const now = new Date('2026-01-20T00:00:00.000Z');

t.test('lists the newest runs first, in the order of the chronicle, with the figures of their tests', async (t) => {
  const context = { test_id: 'ctx_sweep_2048', category: 'context_sweep', ctx_size: 2048 };
  const rows = [
    historyRow({ run_id: 'a' }),
    historyRow({ run_id: 'b', avg_tps: 90, run_at: '2020-01-01T00:00:00.000Z' }),
    historyRow({
      run_id: 'b',
      ...context,
      test_id: 'ctx_sweep_4096',
      ctx_size: 4096,
      avg_prefill_tps: 700,
      peak_vram_used_mb: 9000,
    }),
    historyRow({ run_id: 'b', ...context, avg_prefill_tps: 800 }),
    historyRow({ run_id: 'c', test_id: 'long_gen', category: 'stress', peak_vram_used_mb: null }),
  ];
  const list = runList(rows, { now, workloadVersion: 1, limit: 2 });
  t.same(runListSchema.parse(list), list);
  t.match(list.runs, [
    { run_id: 'c', tests: 1, decode_tps: null, ttft_s: null, prefill_tps: null, peak_vram_mb: null },
    { run_id: 'b', tests: 3, decode_tps: 90, ttft_s: 0.118, prefill_tps: 800, peak_vram_mb: 9000 },
  ]);
  t.equal(list.runs.length, 2);
});

t.test('a row that was written twice is one test', async (t) => {
  t.match(runList([historyRow(), historyRow()], { now, workloadVersion: 1, limit: 5 }).runs, [
    { tests: 1, quantisation: 'q8_0' },
  ]);
});
