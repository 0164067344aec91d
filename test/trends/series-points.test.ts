import t from 'tap';
import { seriesKeyOf } from '../../src/trends/series.js';
import { SeriesPoints } from '../../src/trends/series-points.js';
import { DAY_MS, historyRow, historyRuns, historyStart } from '../fixtures/history.js';

const key = seriesKeyOf(historyRow());
const rows = historyRuns({ seed: 5, days: 100, cv: 0.02 }).flat();
const signal = 'decode_speed';

function pointsOf(selection: Omit<ConstructorParameters<typeof SeriesPoints>[1], 'signal'>, given = rows) {
  const points = new SeriesPoints([key], { ...selection, signal });
  for (const row of given) points.fold(row);
  return points.of(key);
}

t.test('without a time, the last runs', async (t) => {
  const { points, runs } = pointsOf({ points: 3 });
  t.same(
    points.map(({ run_id }) => run_id),
    rows.slice(-3).map(({ run_id }) => run_id),
  );
  t.equal(runs, 400);
});

t.test('all runs of a time, where they are few', async (t) => {
  const fromMs = historyStart.getTime() + 10 * DAY_MS;
  const { points, runs } = pointsOf({ points: 100, fromMs, toMs: fromMs + DAY_MS });
  t.same(
    points.map(({ run_id }) => run_id),
    rows.slice(40, 45).map(({ run_id }) => run_id),
  );
  t.equal(runs, 5);
});

t.test('of many the one with the middle value of each stretch, a run that took place', async (t) => {
  const slow = rows.map((row, index) => (index % 4 === 2 ? { ...row, avg_tps: 1 } : row));
  const { points, runs } = pointsOf({ points: 100, fromMs: 0 }, slow);
  t.equal(points.length, 100);
  t.equal(runs, 400);
  const known = new Set(rows.map(({ run_id }) => run_id));
  t.ok(
    points.every(({ run_id, decode_speed: speed }) => known.has(run_id) && (speed ?? 0) > 70),
    'no hiccup is shown',
  );
  t.same(
    points.toSorted((a, b) => Date.parse(a.run_at) - Date.parse(b.run_at)),
    points,
    'oldest first',
  );
});

t.test('a run that does not know the figure stands for a stretch only where none does', async (t) => {
  const unknown = rows.map((row, index) => ({ ...row, avg_tps: index < 200 && index % 2 === 0 ? null : row.avg_tps }));
  const { points } = pointsOf({ points: 50, fromMs: 0 }, unknown);
  t.ok(points.every(({ decode_speed: speed }) => speed !== null));
  const none = pointsOf(
    { points: 50, fromMs: 0 },
    rows.map((row) => ({ ...row, avg_tps: null })),
  );
  t.equal(none.points.length, 50);
});

t.test('rows of other series are no points, and none are asked for where none are wanted', async (t) => {
  const others = rows.map((row) => ({ ...row, model: 'another' }));
  t.same(pointsOf({ points: 5 }, others), { points: [], runs: 0 });
  t.same(pointsOf({ points: 0 }).points, []);
});
