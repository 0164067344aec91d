import t from 'tap';
import type { BaselineReset } from '../../src/trends/baseline-reset.js';
import { keptTrendsSchema, trendsBesideRows } from '../../src/trends/kept-trends.js';
import { TrendBook } from '../../src/trends/trend-book.js';
import { historyRow, historyRuns } from '../fixtures/history.js';

const now = new Date('2026-06-01T00:00:00.000Z');
const settings = { options: { window: 20, minSamples: 5, drop: 0.1 }, isReferenceModel: () => false };
const steps = [{ day: 50, ratios: { decode_speed: 0.8 } }];
const rows = historyRuns({ seed: 2, days: 60, cv: 0.02, steps, tests: ['a', 'b', 'c'] }).flat();
const lastRow = rows.at(-1) ?? historyRow({});

/** What a book says that has judged the rows and had the resets, and what it says once it has seen some rows again. */
function said(again: typeof rows, resets: readonly BaselineReset[] = []) {
  const book = new TrendBook(settings);
  book.catchUp(rows, now);
  for (const reset of resets) book.reset(reset);
  const kept = { trends: book.trends(now), resets: book.snapshot().resets };
  const reopened = new TrendBook(settings, book.snapshot());
  reopened.catchUp(again, now);
  return { kept, answer: reopened.trends(now) };
}

t.test('of rows that the book has seen its order follows, and nothing else', (t) => {
  for (const again of [rows.slice(-64), rows.slice(-2), [...rows.slice(-3)].reverse(), []]) {
    const { kept, answer } = said(again);
    t.strictSame(trendsBesideRows(kept, again, now), answer);
  }
  const canary = { ...lastRow, test_id: 'canary', category: 'canary' };
  const { kept, answer } = said([canary]);
  t.strictSame(trendsBesideRows(kept, [canary], now), answer, 'the canary is in no book');
  t.end();
});

t.test('with a row that is new to it, or a series, nothing is known any longer', (t) => {
  const { kept } = said([]);
  const later = { ...lastRow, run_id: 'later', run_at: '2026-05-30T00:00:00.000Z' };
  t.ok(Date.parse(later.run_at) > Date.parse(lastRow.run_at));
  t.equal(trendsBesideRows(kept, [later], now), undefined);
  t.equal(trendsBesideRows(kept, [{ ...lastRow, model: 'another' }], now), undefined);
  t.end();
});

t.test('words of users that the book has heard change nothing, others do', (t) => {
  const reason = 'a new driver';
  const again = rows.slice(-64);
  for (const kind of ['new_normal', 'not_a_regression'] as const) {
    const reset = { at: '2026-05-31T00:00:00.000Z', reason, kind, series: { test_id: 'b' } };
    const { kept, answer } = said(again, [reset]);
    t.strictSame(trendsBesideRows(kept, again, now), answer, kind);
  }
  const { kept } = said([]);
  const due = { at: new Date(Date.parse(lastRow.run_at) - 1000).toISOString(), reason, series: {} };
  t.equal(trendsBesideRows({ ...kept, resets: [due] }, again, now), undefined, 'one that is due is left to the book');
  const dismissal = { ...due, at: lastRow.run_at, kind: 'not_a_regression' as const };
  t.equal(trendsBesideRows({ ...kept, resets: [dismissal] }, again, now), undefined);
  const other = { ...due, series: { test_id: 'no other' } };
  t.ok(trendsBesideRows({ ...kept, resets: [other] }, again, now), 'one for another series is due for none of these');
  t.end();
});

t.test('what is kept is read as it was', (t) => {
  const { kept } = said([]);
  const content = { key: 'k', ...kept };
  t.strictSame(keptTrendsSchema.parse(JSON.parse(JSON.stringify(content))), content);
  t.end();
});
