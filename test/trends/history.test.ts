import t from 'tap';
import {
  closedDays,
  dayOf,
  emptyHistory,
  type History,
  historySchema,
  withBreak,
  withValue,
} from '../../src/trends/history.js';

function at(day: number, hour = 0): string {
  return new Date(Date.UTC(2026, 0, 1 + day, hour)).toISOString();
}

const first = dayOf(at(0));

function filled(...entries: readonly (readonly [number, number])[]): History {
  return entries.reduce((history, [day, value]) => withValue(history, at(day), value), emptyHistory);
}

t.test('a day is the median of its runs', async (t) => {
  t.strictSame(closedDays(filled([0, 5], [0, 1], [0, 3], [1, 8])), [
    [first, 3],
    [first + 1, 8],
  ]);
});

t.test('a run changes nothing of what was there', async (t) => {
  const before = filled([0, 5], [1, 8]);
  const copy = structuredClone(before);
  withValue(before, at(1), 9);
  withBreak(before, at(1));
  t.strictSame(before, copy);
});

t.test('a clock that jumps ahead and back disturbs no other day', async (t) => {
  t.strictSame(closedDays(filled([0, 5], [1, 6], [4000, 1], [2, 7], [3, 8])), [
    [first, 5],
    [first + 1, 6],
    [first + 2, 7],
    [first + 3, 8],
    [first + 4000, 1],
  ]);
});

t.test('a day that is opened again has one entry', async (t) => {
  t.strictSame(closedDays(filled([0, 5], [1, 6], [0, 9])), [
    [first, 9],
    [first + 1, 6],
  ]);
});

t.test('runs every minute and years of days need no more room', async (t) => {
  let busy = emptyHistory;
  for (let minute = 0; minute < 1440; minute += 1) busy = withValue(busy, at(0), minute);
  t.equal(busy.open?.values.length, 288);
  let old = emptyHistory;
  for (let day = 0; day < 1000; day += 1) old = withBreak(withValue(old, at(day), day), at(day));
  t.equal(closedDays(old).length, 400);
  t.equal(old.breaks.length, 400);
  t.equal(closedDays(old).at(-1)?.[1], 999, 'the newest are kept');
});

t.test('survives JSON', async (t) => {
  const history = withBreak(filled([0, 5], [1, 6]), at(1));
  t.strictSame(historySchema.parse(JSON.parse(JSON.stringify(history))), history);
});
