import t from 'tap';
import type { ListedModel, ModelFigures } from '../../../src/trends/measured/model-list.js';
import { families, familyName, figureCell, figureNamed, ranked } from '../../../src/web/models/model-ranking.js';

const now = '2026-11-21T00:00:00.000Z';

function figures(fields: Partial<ModelFigures> = {}): ModelFigures {
  return {
    test_id: 'baseline_short',
    run_id: 'r',
    run_at: now,
    is_old: false,
    workload_version: 1,
    is_other_workload: false,
    decode_tps: 80,
    prefill_tps: 300,
    ttft_s: 0.1,
    peak_vram_mb: 8000,
    joules_per_token: 2,
    cost_per_million_tokens: null,
    grams_co2_per_million_tokens: null,
    ...fields,
  };
}

function model(name: string, fields: Partial<ModelFigures> = {}, peak_vram_mb: number | null = 8000): ListedModel {
  return {
    machine_id: 'm',
    target: 'workstation',
    model: name,
    server: { name: null, kind: null, version: null },
    model_file: null,
    quantisation: null,
    run_id: 'r',
    run_at: now,
    is_old: false,
    short: figures(fields),
    contexts: [],
    streams: [],
    peak_vram_mb,
    model_load: null,
    state: 'steady',
    regressions: [],
  };
}

const names = (models: readonly ListedModel[]) => models.map(({ model: name }) => name);

t.test('the best first, whichever way is better; unknown and incomparable figures last', async (t) => {
  const models = [
    model('slow', { decode_tps: 10, ttft_s: 0.9 }),
    model('unknown', { decode_tps: null, ttft_s: null }, null),
    model('other workload', { decode_tps: 999, ttft_s: 0.001, is_other_workload: true, workload_version: 'mine' }),
    model('fast', { decode_tps: 90, ttft_s: 0.1 }),
  ];
  t.same(names(ranked(models, figureNamed('decode'))), ['fast', 'slow', 'other workload', 'unknown']);
  t.same(names(ranked(models, figureNamed('ttft'))), ['fast', 'slow', 'other workload', 'unknown']);
  t.equal(names(ranked(models, figureNamed('vram'))).at(-1), 'unknown');
});

t.test('quantisations of one model stand together, those with several first', async (t) => {
  t.equal(familyName('hermes-3-llama-3.1-8b-q8_0'), 'hermes-3-llama-3.1-8b');
  t.equal(familyName('/models/Qwen3-8B-Q4_K_M.gguf'), 'qwen3-8b');
  t.equal(familyName('llama3.1:8b-instruct-q4_K_M'), familyName('llama3.1:8b-instruct-fp16'));
  t.equal(familyName('phi4:latest'), 'phi4:latest');
  const found = families(['phi4', 'qwen3-8b-q4_k_m', 'gemma', 'qwen3-8b-q8_0'].map((name) => model(name)));
  t.same(
    found.map(({ name, models }) => [name, models.length]),
    [
      ['qwen3-8b', 2],
      ['phi4', 1],
      ['gemma', 1],
    ],
  );
});

t.test('a figure says what keeps it from being compared', async (t) => {
  const decode = figureNamed('decode');
  t.same(figureCell(model('a'), decode), { text: '80.0', note: '' });
  const other = model('a', { is_other_workload: true, workload_version: 'mine', is_old: true });
  t.same(figureCell(other, decode), { text: '80.0', note: 'workload mine, old' });
  t.same(figureCell(model('a', { decode_tps: null }), decode), { text: '–', note: '' });
});

t.test('beside the energy what a million tokens cost, where that is configured', async (t) => {
  const energy = figureNamed('energy');
  const priced = model('a', { cost_per_million_tokens: 0.1667, grams_co2_per_million_tokens: 211 });
  t.match(figureCell(priced, energy, 'EUR').note, '0.17 EUR/1M, 211 g CO₂/1M');
  t.equal(figureCell(model('a'), energy, null).note, '');
  t.equal(figureCell(priced, figureNamed('decode'), 'EUR').note, '');
});
