import t from 'tap';
import { baselineResetSchema, concerns } from '../../src/trends/baseline-reset.js';
import { seriesKeyOf } from '../../src/trends/series.js';
import { historyRow } from '../fixtures/history.js';

const key = seriesKeyOf(historyRow());

function reset(series: object): ReturnType<typeof baselineResetSchema.parse> {
  return baselineResetSchema.parse({ at: '2026-01-01T00:00:00Z', reason: 'new cooler', series });
}

t.test('concerns every series, or those that are named', async (t) => {
  t.ok(concerns(baselineResetSchema.parse({ at: '2026-01-01T00:00:00Z', reason: 'x' }), key));
  t.ok(concerns(reset({ target: key.target, test_id: key.test_id }), key));
  for (const field of ['machine_id', 'target', 'model', 'test_id']) {
    t.notOk(concerns(reset({ [field]: 'other' }), key), field);
  }
});

t.test('needs a time and a reason, and knows no other fields', async (t) => {
  const given = [
    { reason: 'x' },
    { at: 'yesterday', reason: 'x' },
    { at: '2026-01-01T00:00:00Z', reason: '' },
    { at: '2026-01-01T00:00:00Z', reason: 'x', model: 'y' },
    { at: '2026-01-01T00:00:00Z', reason: 'x', kind: 'y' },
    { at: '2026-01-01T00:00:00Z', reason: 'x', series: { tests: 'y' } },
  ];
  for (const each of given) t.notOk(baselineResetSchema.safeParse(each).success, JSON.stringify(each));
});
