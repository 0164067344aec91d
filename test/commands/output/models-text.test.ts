import t from 'tap';
import type { ChronicleRow } from '../../../src/chronicle/row.js';
import { modelsText } from '../../../src/commands/output/models-text.js';
import { ModelIndex } from '../../../src/trends/measured/model-index.js';
import { modelList } from '../../../src/trends/measured/model-list.js';
import { trendsOf } from '../../../src/trends/trend-book.js';
import { historyRow, historyRuns } from '../../fixtures/history.js';

const now = new Date('2026-01-20T00:00:00.000Z');

function listOf(rows: readonly Partial<ChronicleRow>[]) {
  const index = new ModelIndex();
  const whole = rows.map((row) => historyRow(row));
  for (const row of whole) index.fold(row);
  const settings = { options: { window: 20, minSamples: 5, drop: 0.1 }, isReferenceModel: () => false };
  return modelList(index.models(), {
    now,
    sort: 'decode',
    workloadVersion: 1,
    trends: trendsOf(whole, settings, now),
  });
}

const sizes = [2048, 4096, 8192, 16384, 32768, 65536, 131072];

t.test('fits in 80 columns, however long the names and whatever was measured', async (t) => {
  const slowed = historyRuns({ seed: 3, days: 19, cv: 0.01, steps: [{ day: 12, ratios: { decode_speed: 0.8 } }] });
  const rows = [
    ...slowed.flat(),
    ...sizes.map((size) => ({
      model: `/models/${'a-very-long-name-of-a-model-'.repeat(4)}Q4_K_M.gguf`,
      target: 'another',
      test_id: `ctx_sweep_${size}`,
      category: 'context_sweep',
      ctx_size: size,
      avg_prefill_tps: 12_345,
      avg_tps: 1234,
      model_load_s: 12.5,
    })),
  ];
  const text = modelsText(listOf(rows));
  for (const line of text.split('\n')) t.ok(line.length <= 80, line);
  t.match(text, /^1 +hermes-3-llama-3\.1-8b-q8_0 +workstation /m);
  t.match(text, /at 128k/);
  t.match(text, /12\.5 s/);
  t.match(text.replaceAll('\n  ', ' '), /• hermes.*@workstation: Baseline \(short prompt\): decode speed −(1|2)\d %/);
});

t.test('a wide screen has the whole names in one table', async (t) => {
  const text = modelsText(listOf([{ model: 'm'.repeat(60) }]), 200);
  t.equal(text.split('\n').filter((line) => line.includes('m'.repeat(60))).length, 1);
});

t.test('says which figures are old, of another workload or of another machine', async (t) => {
  const text = modelsText(
    listOf([
      { model: 'old', machine_id: 'gone', run_at: '2025-12-01T00:00:00.000Z' },
      { model: 'custom', workload_version: '1-custom-ab12cd34', run_at: '2026-01-19T00:00:00.000Z' },
    ]),
  );
  t.match(text, /^1 +old‡ +.* 82\.5† /m);
  t.match(text, /^2 +custom .* 82\.5\* /m);
  t.match(text, /^† measured more than 30 days ago$/m);
  t.match(text, /^\* of another workload version \(1-custom-ab12cd34; now 1\)/m);
  t.match(text, /^‡ measured on another machine$/m);
});

t.test('a figure that no model has takes no column', async (t) => {
  const text = modelsText(listOf([{ peak_vram_used_mb: null, joules_per_token: null }]));
  t.notMatch(text, /VRAM|J\/token|Load|Prefill/);
  t.notMatch(text, /†|\*|‡|Worse/);
});
