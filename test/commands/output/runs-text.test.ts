import t from 'tap';
import { runsText } from '../../../src/commands/output/runs-text.js';
import { runList } from '../../../src/trends/measured/run-list.js';
import { historyRow } from '../../fixtures/history.js';

const now = new Date('2026-01-20T00:00:00.000Z');

t.test('fits in 80 columns, and names the target where there are several', async (t) => {
  const rows = [
    historyRow({ run_id: '2026-01-01_00-17-00.000_a3f1c820', model: `/models/${'x'.repeat(50)}-q8_0.gguf` }),
    historyRow({ run_id: '2026-01-01_06-17-00.000_a3f1c821', model: 'qwen3', target: 'gpu-box', avg_tps: null }),
  ];
  const text = runsText(runList(rows, { now, limit: 20 }));
  for (const line of text.split('\n')) t.ok(line.length <= 80, line);
  t.match(text, /^2026-01-01_06-17-00\.000_a3f1c821 {2}qwen3@gpu-box +quick +– +118 ms$/m);
  t.match(runsText(runList(rows.slice(1), { now, limit: 20 })), / {2}qwen3 +quick/);
});
