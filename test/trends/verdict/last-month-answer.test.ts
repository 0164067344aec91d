import t from 'tap';
import type { LastMonth } from '../../../src/trends/month/last-month.js';
import { trendsOf } from '../../../src/trends/trend-book.js';
import { lastMonthAnswer } from '../../../src/trends/verdict/last-month-answer.js';
import { DAY_MS, historyRuns, historyStart } from '../../fixtures/history.js';

const settings = { options: { window: 20, minSamples: 5, drop: 0.1 }, isReferenceModel: () => false };
const now = new Date(historyStart.getTime() + 40 * DAY_MS);
const trends = trendsOf(
  historyRuns({ seed: 3, days: 40, cv: 0.01, tests: ['long_gen', 'baseline_short'] }).flat(),
  settings,
  now,
);

function answerTo(last_month: LastMonth) {
  const given = trends.map((trend) => ({
    ...trend,
    signals: trend.signals.map((signal) => ({ ...signal, last_month })),
  }));
  return lastMonthAnswer(given);
}

function changed(change_ratio: number, half: number): LastMonth {
  return {
    status: 'known',
    change_ratio,
    ci95: [change_ratio - half, change_ratio + half],
    value: 80 * (1 + change_ratio),
    month_value: 80,
    from: '2026-01-06T00:00:00.000Z',
    to: '2026-02-02T00:00:00.000Z',
    days: 28,
  };
}

t.test('by the decode speed of the short prompt, whatever is measured beside it', async (t) => {
  const answer = lastMonthAnswer(trends);
  t.match(answer, { answer: 'as_fast', test: 'baseline_short', sentence: /^As fast as last month: 8\d\.\d tokens\/s/ });
  t.equal(lastMonthAnswer([]), undefined);
});

t.test('slower and faster are said where the interval leaves no doubt', async (t) => {
  t.equal(
    answerTo(changed(-0.05, 0.02))?.sentence,
    '5 % slower than last month: 76.0 instead of 80.0 tokens/s (95 %: −7.0 % to −3.0 %).',
  );
  t.match(answerTo(changed(0.05, 0.02)), { answer: 'faster', sentence: /^5 % faster than last month/ });
  t.match(answerTo(changed(-0.05, 0.06)), { answer: 'as_fast' });
  t.match(answerTo(changed(-0.01, 0.005)), { answer: 'as_fast' }, 'certain, but nothing to act on');
});

t.test('what cannot be told is not guessed', async (t) => {
  t.match(answerTo(changed(-0.05, 0.2)), { answer: 'unknown', change_ratio: -0.05, sentence: /differ too much/ });
  t.match(answerTo({ status: 'unknown', reason: 'few_days', days: 9, needed: 14 }), {
    answer: 'unknown',
    change_ratio: null,
    month: null,
    sentence: /^Cannot tell yet .* on 9 of the 14 days/,
  });
  t.match(
    answerTo({ status: 'unknown', reason: 'not_lately', days: 1, needed: 3 })?.sentence,
    /in the last seven days/,
  );
});
