import t from 'tap';
import { modelsCsv } from '../../../src/commands/output/models-csv.js';
import { ModelIndex } from '../../../src/trends/measured/model-index.js';
import { modelList } from '../../../src/trends/measured/model-list.js';
import { historyRow } from '../../fixtures/history.js';

t.test(
  'has bare figures, a column for each context and load test of any model, and nothing for what is unknown',
  async (t) => {
    const index = new ModelIndex();
    const context = { category: 'context_sweep', test_id: 'ctx_sweep_8192', ctx_size: 8192 };
    index.fold(historyRow({ model: 'a' }));
    index.fold(historyRow({ model: 'a', ...context, avg_tps: 61.25, avg_ttft_s: null }));
    index.fold(historyRow({ model: 'b', category: 'load', test_id: 'concurrency_4', avg_tps: 30, aggregate_tps: 110 }));
    const now = new Date('2026-01-20T00:00:00.000Z');
    const csv = modelsCsv(modelList(index.models(), { now, sort: 'decode', workloadVersion: 1, trends: [] }));
    const [head = '', ...lines] = csv.trimEnd().split('\r\n');
    const rows = lines.map((line) =>
      Object.fromEntries(head.split(',').map((title, column) => [title, line.split(',')[column]])),
    );
    t.match(rows, [
      {
        model: 'a',
        short_decode_tps: '82.5',
        ctx_8192_decode_tps: '61.25',
        ctx_8192_ttft_s: '',
        streams_4_decode_tps: '',
      },
      {
        model: 'b',
        short_decode_tps: '',
        streams_4_decode_tps: '30',
        streams_4_aggregate_tps: '110',
        peak_vram_mb: '8240',
      },
    ]);
  },
);
