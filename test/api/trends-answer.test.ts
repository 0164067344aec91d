import t from 'tap';
import { trendsAnswer, trendsAnswerSchema } from '../../src/api/trends-answer.js';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { storagePaths } from '../../src/chronicle/storage.js';
import { openTrendBook, trendSettings } from '../../src/judging/trend-records.js';
import { historyRow, historyRuns } from '../fixtures/history.js';
import { NONE } from '../fixtures/none.js';

const settings = trendSettings({ trends: { window: 20, minSamples: 5, drop: 0.1 } });
const now = new Date('2026-02-01T00:00:00.000Z');

t.test('answers every series with its last runs, oldest first', async (t) => {
  const paths = storagePaths(t.testdir({}));
  const rows = historyRuns({ seed: 1, days: 10, cv: 0.02, tests: ['baseline_short', 'long_gen'] }).flat();
  await appendRows(paths.chronicle, rows);
  const trends = (await openTrendBook(paths, { settings, now })).trends(now);
  const answer = await trendsAnswer(paths, trends, { query: { points: 3 }, settings, now });
  t.same(trendsAnswerSchema.parse(answer), answer);
  t.match(answer, { window: 20, min_samples: 5, drop: 0.1, series: [{ points: { length: 3 } }, {}] });
  const expected = rows.filter(({ test_id }) => test_id === 'long_gen').slice(-3);
  const found = answer.series.find(({ series }) => series.test_id === 'long_gen');
  t.same(
    found?.points.map(({ run_id, decode_speed }) => [run_id, decode_speed]),
    expected.map(({ run_id, avg_tps }) => [run_id, avg_tps]),
  );
  const query = { test: 'long_gen', target: 'workstation', points: 0 };
  const one = await trendsAnswer(paths, trends, { query, settings, now });
  t.match(one.series, [{ series: { test_id: 'long_gen' }, points: NONE }]);
  t.equal(one.series.length, 1);
  t.same((await trendsAnswer(paths, trends, { query: { model: 'x', points: 9 }, settings, now })).series, []);
});

t.test('what a row does not tell is null', async (t) => {
  const paths = storagePaths(t.testdir({}));
  await appendRows(paths.chronicle, [historyRow({ peak_temp_c: null, joules_per_token: 0 })]);
  const trends = (await openTrendBook(paths, { settings, now })).trends(now);
  const { series } = await trendsAnswer(paths, trends, { query: { points: 5 }, settings, now });
  t.match(series[0]?.points, [{ decode_speed: 82.5, peak_temperature: null, energy_per_token: null }]);
});

t.test('a time further back than the last rows is read all the same, with what changed in it', async (t) => {
  const paths = storagePaths(t.testdir({}));
  const plan = {
    seed: 2,
    days: 400,
    cv: 0.02,
    tests: ['baseline_short', 'ctx_sweep_2048', 'ctx_sweep_8192', 'long_gen'],
  };
  const steps = [{ day: 20, fields: { gpu_driver: '560.35.03' } }];
  const runs = historyRuns({ ...plan, steps });
  await appendRows(paths.chronicle, runs.flat());
  const later = new Date('2027-03-01T00:00:00.000Z');
  const trends = (await openTrendBook(paths, { settings, now: later })).trends(later);
  const time = { from: '2026-01-10T00:00:00.000Z', to: '2026-01-30T00:00:00.000Z' };
  const answer = await trendsAnswer(paths, trends, { query: { points: 500, ...time }, settings, now: later });
  t.equal(answer.series.length, 4);
  const wanted = runs.flatMap(([row]) =>
    row !== undefined && row.run_at >= time.from && row.run_at < time.to ? row : [],
  );
  for (const { points, runs_in_time: count } of answer.series) {
    t.same(
      points.map(({ run_id }) => run_id),
      wanted.map(({ run_id }) => run_id),
    );
    t.equal(count, wanted.length);
  }
  t.match(answer.changes, [{ at: '2026-01-21T00:17:00.000Z', changes: ['GPU driver 550.54.14 → 560.35.03'] }]);
  t.equal(answer.changes.length, 1);
  const year = await trendsAnswer(paths, trends, { query: { points: 50, from: time.from }, settings, now: later });
  t.match(year.series[0], { points: { length: 50 }, runs_in_time: 1564 });
});
