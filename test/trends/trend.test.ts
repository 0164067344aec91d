import t from 'tap';
import { signalNames } from '../../src/trends/signal.js';
import { seriesRecordSchema, trendOf, trendSchema } from '../../src/trends/trend.js';
import { TrendBook } from '../../src/trends/trend-book.js';
import { type HistoryPlan, historyRuns } from '../fixtures/history.js';

const options = { window: 20, minSamples: 5, drop: 0.1 };

function bookOf(plan: Omit<HistoryPlan, 'seed' | 'cv'>): { book: TrendBook; end: Date } {
  const rows = historyRuns({ seed: 5, cv: 0.01, ...plan }).flat();
  const end = new Date(rows.at(-1)?.run_at ?? 0);
  const book = new TrendBook({ options, isReferenceModel: () => false });
  book.catchUp(rows, end);
  return { book, end };
}

function trendAfter(plan: Omit<HistoryPlan, 'seed' | 'cv'>): ReturnType<typeof trendOf> {
  const { book, end } = bookOf(plan);
  const [record] = book.snapshot().series;
  if (record === undefined) throw new Error('expected a series');
  return trendOf(record, options, end);
}

t.test('a quiet series has a baseline, no change and no drift, for each of its signals', async (t) => {
  const trend = trendAfter({ days: 40 });
  t.strictSame(
    trend.signals.map(({ signal }) => signal),
    // No model was loaded for these runs.
    signalNames.filter((name) => name !== 'model_load'),
  );
  t.match(trend, { runs: 160, last_run_at: '2026-02-09T18:17:00.000Z', reset: null });
  for (const signal of trend.signals) {
    t.match(signal, { baseline: { samples: 20 }, current: { samples: 4 }, regression: { status: 'steady' } });
    t.ok(Math.abs(signal.change_ratio ?? 1) < 0.03, `${signal.signal}: ${signal.change_ratio}`);
    t.strictSame(
      signal.drift.map(({ window_days, status }) => [window_days, status]),
      [
        [30, 'insignificant'],
        [90, 'too_few'],
        [365, 'too_few'],
      ],
    );
  }
});

t.test('a series with one point has nothing to compare it with', async (t) => {
  const trend = trendAfter({ days: 0.2 });
  t.match(trend.signals[0], {
    baseline: null,
    current: { samples: 1 },
    change_ratio: null,
    regression: { status: 'learning', samples: 1, needed: 5 },
  });
});

t.test('a regression is told whole, with the present change', async (t) => {
  const trend = trendAfter({ days: 40, steps: [{ day: 30, ratios: { decode_speed: 0.8 } }] });
  const [decode, prefill] = trend.signals;
  t.match(decode, { unit: 'tokens/s', worse: 'lower', regression: { status: 'active', last_good_run_id: String } });
  t.ok(Math.abs((decode?.change_ratio ?? 0) + 0.2) < 0.02);
  t.equal(prefill?.regression.status, 'steady');
});

t.test('signals that the rows do not have are left out', async (t) => {
  const trend = trendAfter({ days: 5, fields: { joules_per_token: null, peak_temp_c: null } });
  t.strictSame(
    trend.signals.map(({ signal }) => signal),
    ['decode_speed', 'prefill_speed', 'ttft'],
  );
});

t.test('trends and what is remembered survive JSON', async (t) => {
  const { book, end } = bookOf({ days: 60, steps: [{ day: 50, ratios: { decode_speed: 0.7 } }] });
  for (const trend of book.trends(end)) t.strictSame(trendSchema.parse(JSON.parse(JSON.stringify(trend))), trend);
  for (const record of book.snapshot().series) {
    t.strictSame(seriesRecordSchema.parse(JSON.parse(JSON.stringify(record))), record);
  }
});
