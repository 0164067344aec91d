import t from 'tap';
import { baselineOf } from '../../src/trends/baseline.js';
import type { TrendSample } from '../../src/trends/regression-state.js';

function samples(...values: number[]): TrendSample[] {
  return values.map((value, index) => ({
    run_id: String(index),
    at: new Date(Date.UTC(2026, 0, 1 + index)).toISOString(),
    value,
  }));
}

t.test('there is none while there are too few runs', async (t) => {
  t.equal(baselineOf({ status: 'learning', baseline: samples(1, 2, 3) }), undefined);
});

t.test('is the middle and the spread of the good runs alone', async (t) => {
  t.strictSame(baselineOf({ status: 'steady', baseline: samples(10, 12, 11, 900, 10), recent: samples(1, 1, 1) }), {
    median: 11,
    mad: 1,
    samples: 5,
    from: '2026-01-01T00:00:00.000Z',
    to: '2026-01-05T00:00:00.000Z',
  });
});

t.test('equal values have no spread', async (t) => {
  t.match(baselineOf({ status: 'steady', baseline: samples(7, 7, 7, 7, 7), recent: [] }), { median: 7, mad: 0 });
});
