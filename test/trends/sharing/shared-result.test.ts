import t from 'tap';
import { benchmarkResultSchema } from '../../../src/benchmark/result.js';
import { resultsOfShared } from '../../../src/trends/sharing/shared-result.js';
import { NONE } from '../../fixtures/none.js';
import { sharedFigures, sharedModel } from '../../fixtures/shared-figures.js';

t.test('a valid result for each model, with its figures and without requests', async (t) => {
  const [result] = resultsOfShared(sharedFigures());
  t.same(benchmarkResultSchema.parse(JSON.parse(JSON.stringify(result))), result);
  t.match(result, {
    run_at: '2026-11-20T00:00:00.000Z',
    model: 'hermes-3-llama-3.1-8b-q8_0',
    model_load_s: 4.2,
    profile_snapshot: { gpus: [{ name: 'NVIDIA GeForce RTX 4090', vram_gb: 24 }] },
    benchmarks: [{ name: 'Baseline (short prompt)', avg_tps: 120, gpu_stats: { joules_per_token: 2.5 }, runs: NONE }],
  });
});

t.test('what is unknown stays unknown', async (t) => {
  const { hardware, tests } = sharedModel();
  const none = {
    peak_vram_used_mb: null,
    peak_temp_c: null,
    avg_power_w: null,
    joules_per_token: null,
    throttled_ratio: null,
  };
  const [result] = resultsOfShared(
    sharedFigures({
      models: [
        sharedModel({
          server_kind: null,
          server_name: null,
          hardware: { ...hardware, gpu_name: null },
          tests: tests.map((test) => ({ ...test, ...none })),
        }),
      ],
    }),
  );
  t.match(result, { server: { name: 'unknown server', kind: 'openai' }, benchmarks: [{ gpu_stats: null }] });
  t.same(result?.profile_snapshot.gpus, []);
});

t.test('two models have two ids, the same content the same', async (t) => {
  const models = [sharedModel(), sharedModel({ model: 'b' })];
  const ids = () => resultsOfShared(sharedFigures({ models })).map(({ run_id: id }) => id);
  t.equal(new Set(ids()).size, 2);
  t.same(ids(), ids());
});
