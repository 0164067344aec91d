import t from 'tap';
import type { ChronicleRow } from '../../../src/chronicle/row.js';
import { ModelIndex } from '../../../src/trends/measured/model-index.js';
import { type ModelListOptions, modelList, modelListSchema } from '../../../src/trends/measured/model-list.js';
import { trendsOf } from '../../../src/trends/trend-book.js';
import { historyRow, historyRuns } from '../../fixtures/history.js';
import { NONE } from '../../fixtures/none.js';

const now = new Date('2026-01-20T00:00:00.000Z');
const settings = { options: { window: 20, minSamples: 5, drop: 0.1 }, isReferenceModel: () => false };

function listOf(rows: readonly Partial<ChronicleRow>[], options: Partial<ModelListOptions> = {}) {
  const index = new ModelIndex();
  for (const row of rows) index.fold(historyRow(row));
  return modelList(index.models(), { now, sort: 'decode', workloadVersion: 1, trends: [], ...options });
}

t.test('tells decode speed at each context, the streams of load tests and the peak over all tests', async (t) => {
  const list = listOf([
    { test_id: 'ctx_sweep_8192', category: 'context_sweep', ctx_size: 8192, avg_tps: 60, peak_vram_used_mb: 9000 },
    { test_id: 'ctx_sweep_2048', category: 'context_sweep', ctx_size: 2048, avg_tps: 75 },
    { test_id: 'concurrency_8', category: 'load', avg_tps: 20, aggregate_tps: 150, peak_vram_used_mb: null },
    { test_id: 'concurrency_2', category: 'load', avg_tps: 50, aggregate_tps: 95 },
    {},
  ]);
  t.same(modelListSchema.parse(list), list);
  const [model] = list.models;
  t.match(model, { short: { decode_tps: 82.5, ttft_s: 0.118 }, peak_vram_mb: 9000, quantisation: 'q8_0' });
  t.same(
    model?.contexts.map(({ ctx_size, decode_tps }) => [ctx_size, decode_tps]),
    [
      [2048, 75],
      [8192, 60],
    ],
  );
  t.same(
    model?.streams.map(({ streams, aggregate_tps, decode_tps }) => [streams, aggregate_tps, decode_tps]),
    [
      [2, 95, 50],
      [8, 150, 20],
    ],
  );
});

t.test('says which figures are old or of another workload', async (t) => {
  const list = listOf([
    { test_id: 'ctx_sweep_2048', category: 'context_sweep', run_at: '2025-12-20T23:59:00.000Z' },
    { workload_version: '1-custom-ab12cd34', run_at: '2025-12-22T00:00:00.000Z' },
  ]);
  t.match(list.models, [
    {
      is_old: false,
      short: { is_old: false, is_other_workload: true },
      contexts: [{ is_old: true, is_other_workload: false }],
    },
  ]);
});

t.test('ranks by each figure, the best first, what cannot be compared and what is unknown last', async (t) => {
  const context = { test_id: 'ctx_sweep_2048', category: 'context_sweep' };
  const rows = [
    { model: 'fast', avg_tps: 100, avg_ttft_s: 0.3, joules_per_token: 3, peak_vram_used_mb: 9000, model_load_s: 9 },
    { ...context, model: 'fast', avg_prefill_tps: 500, peak_vram_used_mb: null },
    { model: 'prompt', avg_tps: 50, avg_ttft_s: 0.1, joules_per_token: 1, peak_vram_used_mb: 4000, model_load_s: 2 },
    { ...context, model: 'prompt', avg_prefill_tps: 900, peak_vram_used_mb: null },
    { model: 'other', avg_tps: 500, avg_ttft_s: 0.01, joules_per_token: 0.1, workload_version: 2 },
    { model: 'unknown', avg_tps: null, avg_ttft_s: null, joules_per_token: null, peak_vram_used_mb: null },
  ];
  const order = (sort: ModelListOptions['sort']) => listOf(rows, { sort }).models.map(({ model }) => model);
  t.same(order('decode'), ['fast', 'prompt', 'other', 'unknown']);
  t.same(order('ttft'), ['prompt', 'fast', 'other', 'unknown']);
  t.same(order('energy'), ['prompt', 'fast', 'other', 'unknown']);
  t.same(order('prefill').slice(0, 2), ['prompt', 'fast']);
  t.same(order('vram').slice(0, 1), ['prompt']);
  t.same(order('load').slice(0, 2), ['prompt', 'fast']);
});

t.test('says whether a model got worse, by the trends of its newest workload alone', async (t) => {
  const rows = historyRuns({ seed: 3, days: 19, cv: 0.01, steps: [{ day: 12, ratios: { decode_speed: 0.8 } }] }).flat();
  const trends = trendsOf(rows, settings, now);
  const [worse] = listOf(rows, { trends }).models;
  t.match(worse, { state: 'worse', regressions: [{ test_id: 'baseline_short', signal: 'decode_speed' }] });
  t.match(listOf(rows).models, [{ state: 'unknown', regressions: NONE }]);
  const renewed = [...rows, { workload_version: 2, run_at: '2026-01-19T23:00:00.000Z' }];
  t.match(listOf(renewed, { trends }).models, [{ state: 'unknown', regressions: NONE }]);
  t.match(listOf(rows, { trends: trendsOf(rows.slice(0, 3), settings, now) }).models, [{ state: 'learning' }]);
  t.match(listOf(rows, { trends: trendsOf(rows.slice(0, 20), settings, now) }).models, [{ state: 'steady' }]);
});

t.test('a million tokens cost what energy did at the hour of the run', async (t) => {
  const prices = [
    { fromMinute: 0, toMinute: 420, perKwh: 0.2 },
    { fromMinute: 420, toMinute: 1440, perKwh: 0.34 },
  ];
  const price = { prices, timeZone: 'UTC', currency: 'EUR', gramsCo2PerKwh: 100 };
  const list = listOf([{ joules_per_token: 3.6 }, { joules_per_token: null, model: 'other' }], { price });
  t.equal(list.currency, 'EUR');
  const costs = list.models.map(({ short }) => [short?.cost_per_million_tokens, short?.grams_co2_per_million_tokens]);
  t.same(costs, [
    [0.2, 100],
    [null, null],
  ]);
  t.match(listOf([{}]), { currency: null, models: [{ short: { cost_per_million_tokens: null } }] });
});
