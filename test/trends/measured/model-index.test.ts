import t from 'tap';
import { ModelIndex, modelIndexSchema } from '../../../src/trends/measured/model-index.js';
import { historyRow } from '../../fixtures/history.js';

function indexOf(...rows: Parameters<typeof historyRow>[0][]): ModelIndex {
  const index = new ModelIndex();
  for (const row of rows) index.fold(historyRow(row));
  return index;
}

t.test('each test of a model has the figures of its newest row, whatever its clock said', async (t) => {
  const index = indexOf(
    { run_id: 'a', avg_tps: 80, run_at: '2027-01-01T00:00:00.000Z' },
    { run_id: 'a', test_id: 'ctx_sweep_2048', avg_tps: 70 },
    { run_id: 'b', avg_tps: 90 },
  );
  const [model, ...others] = index.models();
  t.same(others, []);
  t.match(model, { run_id: 'b', run_at: '2026-01-01T00:17:00.000Z' });
  t.same(
    model?.tests.map(({ test_id, run_id, avg_tps }) => [test_id, run_id, avg_tps]),
    [
      ['ctx_sweep_2048', 'a', 70],
      ['baseline_short', 'b', 90],
    ],
  );
});

t.test('another model, target or machine is one of its own, that of the newest run last', async (t) => {
  const index = indexOf({}, { model: 'qwen3' }, { target: 'other' }, { machine_id: 'other' }, {});
  t.same(
    index.models().map(({ model, target, machine_id }) => [model.slice(0, 5), target, machine_id.slice(0, 5)]),
    [
      ['qwen3', 'workstation', 'b2d1f'],
      ['herme', 'other', 'b2d1f'],
      ['herme', 'workstation', 'other'],
      ['herme', 'workstation', 'b2d1f'],
    ],
  );
});

t.test('figures of another file under the same name are let go', async (t) => {
  const first = { model_file: 'a.gguf', quantisation: 'Q8_0' };
  const [kept] = indexOf(first, { test_id: 'long_gen', model_file: null, quantisation: null }).models();
  t.equal(kept?.tests.length, 2, 'a server that does not tell has not changed it');
  t.match(kept, first);
  const [changed] = indexOf(first, { test_id: 'long_gen', model_file: 'b.gguf', quantisation: null }).models();
  t.same(
    changed?.tests.map(({ test_id }) => test_id),
    ['long_gen'],
  );
  t.match(changed, { model_file: 'b.gguf', quantisation: null });
  const [moved] = indexOf(first, { test_id: 'long_gen', model_file: 'c0ffee', server_kind: 'ollama' }).models();
  t.equal(moved?.tests.length, 2, 'kinds of servers tell files in manners of their own');
});

t.test('the time to load is that of the last run that loaded the model', async (t) => {
  const [model] = indexOf({ model_load_s: 12.5 }, { run_at: '2026-01-02T00:17:00.000Z' }).models();
  t.same(model?.model_load, { seconds: 12.5, run_at: '2026-01-01T00:17:00.000Z' });
});

t.test('kept and read again it goes on where it was', async (t) => {
  const index = indexOf({ run_id: 'a' }, { run_id: 'b', test_id: 'long_gen' });
  const snapshot: unknown = JSON.parse(JSON.stringify(index.snapshot()));
  const again = new ModelIndex(modelIndexSchema.parse(snapshot));
  t.same(again.models(), index.models());
  t.ok(again.endsWith({ run_id: 'b', test_id: 'long_gen' }));
  t.notOk(again.endsWith({ run_id: 'b', test_id: 'baseline_short' }));
  t.notOk(new ModelIndex().endsWith({ run_id: 'b', test_id: 'long_gen' }));
});

t.test('models without number do not fill the memory: those measured longest ago go', async (t) => {
  const index = indexOf(...Array.from({ length: 1001 }, (_, number) => ({ model: `model-${number}` })));
  t.equal(index.models().length, 1000);
  t.equal(index.models()[0]?.model, 'model-1');
});
