import t from 'tap';
import { emptyHistory, type History, withValue } from '../../../src/trends/history.js';
import { type LastMonth, lastMonthOf } from '../../../src/trends/month/last-month.js';
import { initialState } from '../../../src/trends/regression-state.js';
import { trendsOf } from '../../../src/trends/trend-book.js';
import { DAY_MS, historyRuns, historyStart } from '../../fixtures/history.js';
import { normalNoise } from '../../fixtures/history-noise.js';

function at(day: number): Date {
  return new Date(historyStart.getTime() + day * DAY_MS);
}

function historyOf(days: number, ratio: (day: number) => number, cv = 0.01, seed = 3): History {
  const noise = normalNoise(seed);
  let history = emptyHistory;
  for (let run = 0; run < days * 4; run += 1) {
    const day = run / 4;
    history = withValue(history, at(day).toISOString(), 80 * ratio(Math.floor(day)) * (1 + cv * noise()));
  }
  return history;
}

function lastMonth(history: History, day: number, resetAt?: string): LastMonth {
  return lastMonthOf({ state: initialState, history }, resetAt, at(day));
}

t.test('the last seven days against the four weeks before them, with an interval that holds the truth', async (t) => {
  let held = 0;
  for (let seed = 1; seed <= 100; seed += 1) {
    const found = lastMonth(
      historyOf(40, (day) => (day < 33 ? 1 : 0.95), 0.03, seed),
      40,
    );
    if (found.status === 'known' && found.ci95[0] <= -0.05 && found.ci95[1] >= -0.05) held += 1;
  }
  t.ok(held >= 90, `${held} of 100`);
  const found = lastMonth(
    historyOf(40, (day) => (day < 33 ? 1 : 0.95)),
    40,
  );
  t.match(found, { status: 'known', from: '2026-01-06T00:00:00.000Z', to: '2026-02-02T00:00:00.000Z', days: 28 });
  if (found.status !== 'known') return;
  t.ok(Math.abs(found.change_ratio + 0.05) < 0.015, `${found.change_ratio}`);
  t.ok(Math.abs(found.value / found.month_value - 1 - found.change_ratio) < 1e-9);
});

t.test('a weekly swing is not taken for a change, on any day of the week', async (t) => {
  const weekly = (day: number) => 1 + 0.06 * Math.sin((2 * Math.PI * day) / 7);
  for (let day = 40; day < 47; day += 1) {
    const found = lastMonth(historyOf(day, weekly), day);
    t.ok(found.status === 'known' && Math.abs(found.change_ratio) < 0.02, JSON.stringify(found));
  }
});

t.test('with too few days it cannot be told, and says how many there are', async (t) => {
  t.same(
    lastMonth(
      historyOf(16, () => 1),
      16,
    ),
    { status: 'unknown', reason: 'few_days', days: 9, needed: 14 },
  );
  t.same(lastMonth(emptyHistory, 0), { status: 'unknown', reason: 'few_days', days: 0, needed: 14 });
});

t.test('not measured lately: unknown, whatever was before', async (t) => {
  const history = historyOf(40, () => 1);
  t.same(lastMonth(history, 45), { status: 'unknown', reason: 'not_lately', days: 2, needed: 3 });
  t.same(lastMonth(history, 60), { status: 'unknown', reason: 'not_lately', days: 0, needed: 3 });
});

t.test('a new baseline begins a new month', async (t) => {
  const history = historyOf(50, (day) => (day < 40 ? 1 : 0.8));
  t.match(lastMonth(history, 50, at(40).toISOString()), { status: 'unknown', reason: 'few_days' });
  t.match(lastMonth(history, 50, at(10).toISOString()), { status: 'known' });
});

t.test('while a regression lasts the month is that before it began, however long ago', async (t) => {
  const rows = historyRuns({ seed: 3, days: 120, cv: 0.01, steps: [{ day: 40, ratios: { decode_speed: 0.85 } }] });
  const settings = { options: { window: 20, minSamples: 5, drop: 0.1 }, isReferenceModel: () => false };
  const [trend] = trendsOf(rows.flat(), settings, at(120));
  const found = trend?.signals[0]?.last_month;
  t.match(found, { status: 'known', to: '2026-02-09T00:00:00.000Z', days: 28 });
  t.ok(found?.status === 'known' && Math.abs(found.change_ratio + 0.15) < 0.02, JSON.stringify(found));
});
