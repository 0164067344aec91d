import t from 'tap';
import { dated, inOrder, seriesId, seriesKeyOf } from '../../src/trends/series.js';
import { historyRow } from '../fixtures/history.js';

const now = new Date('2026-06-01T00:00:00.000Z');

t.test('only like is compared with like', async (t) => {
  const row = historyRow();
  const others = [
    { machine_id: 'other' },
    { target: 'other' },
    { model: 'other' },
    { test_id: 'other' },
    { workload_version: 2 },
    { workload_version: '1' },
  ];
  const ids = new Set([row, ...others.map((fields) => ({ ...row, ...fields }))].map(seriesId));
  t.equal(ids.size, others.length + 1);
  t.equal(seriesId(row), seriesId(historyRow({ agent_version: '9.9.9', gpu_driver: 'other' })));
});

t.test('names with quotes and commas do not run together', async (t) => {
  t.not(seriesId(historyRow({ target: 'a","b', model: 'c' })), seriesId(historyRow({ target: 'a', model: 'b","c' })));
});

t.test('the key has nothing else', async (t) => {
  t.strictSame(Object.keys(seriesKeyOf(historyRow())).sort(), [
    'machine_id',
    'model',
    'target',
    'test_id',
    'workload_version',
  ]);
});

function times(...runAts: string[]): string[] {
  return [
    ...dated(
      runAts.map((run_at) => historyRow({ run_at })),
      now,
    ),
  ].map(({ at }) => at);
}

t.test('a time from a clock that has lost itself is that of the row before', async (t) => {
  t.strictSame(
    times('2026-05-01T00:00:00Z', '1970-01-01T00:03:00Z', '2037-01-01T00:00:00Z', '2026-05-02T00:00:00.5Z'),
    ['2026-05-01T00:00:00.000Z', '2026-05-01T00:00:00.000Z', '2026-05-01T00:00:00.000Z', '2026-05-02T00:00:00.500Z'],
  );
});

t.test('where no row before it has a time, it is old', async (t) => {
  t.strictSame(times('1970-01-01T00:03:00Z'), ['2020-01-01T00:00:00.000Z']);
});

t.test('a clock that goes a little ahead is believed', async (t) => {
  t.strictSame(times('2026-06-01T20:00:00.000Z'), ['2026-06-01T20:00:00.000Z']);
});

t.test('rows are put in the order of their times, and keep their own among equals', async (t) => {
  const rows = ['2026-05-03', '2026-05-01', '2026-05-02', '2026-05-01'].map((day, index) =>
    historyRow({ run_at: `${day}T00:00:00.000Z`, run_id: String(index) }),
  );
  t.strictSame(
    inOrder(dated(rows, now)).map(({ row }) => row.run_id),
    ['1', '3', '2', '0'],
  );
});
