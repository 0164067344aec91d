import t from 'tap';
import { runsText } from '../../../src/commands/output/runs-text.js';
import { runList } from '../../../src/trends/measured/run-list.js';
import { historyRow } from '../../fixtures/history.js';

const now = new Date('2026-01-20T00:00:00.000Z');

t.test('says which figures are old or of another workload', async (t) => {
  const rows = [
    historyRow({ run_id: 'old', run_at: '2025-12-20T23:00:00.000Z' }),
    historyRow({ run_id: 'custom', run_at: '2026-01-19T00:00:00.000Z', workload_version: '1-custom-ab12cd34' }),
    historyRow({ run_id: 'new', run_at: '2026-01-19T00:00:00.000Z' }),
  ];
  const text = runsText(runList(rows, { now, workloadVersion: 1, limit: 20 }));
  t.match(text, /^old .* 82\.5† +118 ms†$/m);
  t.match(text, /^custom .* 82\.5\* +118 ms\*$/m);
  t.match(text, /^new .* 82\.5 +118 ms$/m);
  t.match(text, /^† measured more than 30 days ago$/m);
  t.match(text, /^\* of another workload version \(1-custom-ab12cd34; now 1\)/m);
  for (const line of text.split('\n')) t.ok(line.length <= 80, line);
});

t.test('fits in 80 columns, and names the target where there are several', async (t) => {
  const rows = [
    historyRow({ run_id: '2026-01-01_00-17-00.000_a3f1c820', model: `/models/${'x'.repeat(50)}-q8_0.gguf` }),
    historyRow({ run_id: '2026-01-01_06-17-00.000_a3f1c821', model: 'qwen3', target: 'gpu-box', avg_tps: null }),
  ];
  const text = runsText(runList(rows, { now, workloadVersion: 1, limit: 20 }));
  for (const line of text.split('\n')) t.ok(line.length <= 80, line);
  t.match(text, /^2026-01-01_06-17-00\.000_a3f1c821 {2}qwen3@gpu-box +quick +– +118 ms$/m);
  t.match(runsText(runList(rows.slice(1), { now, workloadVersion: 1, limit: 20 })), / {2}qwen3 +quick/);
});
