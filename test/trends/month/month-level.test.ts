import t from 'tap';
import { emptyHistory } from '../../../src/trends/history.js';
import {
  type GoodDays,
  goodDays,
  hasSeen,
  monthLevelOf,
  noiseOf,
  offLevel,
  usualAt,
} from '../../../src/trends/month/month-level.js';
import { DAY_MS } from '../../fixtures/history.js';
import { normalNoise } from '../../fixtures/history-noise.js';

const START = 20_454;

function daysOf(count: number, ratio: (day: number) => number, cv = 0.01, seed = 1): GoodDays {
  const noise = normalNoise(seed);
  const days = Array.from({ length: count }, (_, day) => [START + day, 80 * ratio(day) * (1 + cv * noise())] as const);
  return { days, lost: [] };
}

const steady = () => 1;
const weekly = (day: number) => 1 + 0.06 * Math.sin((2 * Math.PI * day) / 7);

t.test('the level of four weeks, which single bad days do not move', async (t) => {
  const days = daysOf(40, (day) => (day % 6 === 0 ? 0.6 : 1));
  const month = monthLevelOf(days, START + 40);
  t.ok(Math.abs((month?.level ?? 0) / 80 - 1) < 0.01, `${month?.level}`);
  t.match(month, { from: START + 12, to: START + 39 });
  t.equal(month?.residuals.length, 28);
});

t.test('a weekly swing is known by its weekdays, noise is taken for none', async (t) => {
  const month = monthLevelOf(daysOf(40, weekly), START + 40);
  if (month === undefined) throw new Error('expected a level');
  for (let day = 40; day < 47; day += 1) {
    const factor = usualAt(month, (START + day) * DAY_MS + 1);
    t.ok(Math.abs(factor - weekly(day)) < 0.02, `day ${day}: ${factor} for ${weekly(day)}`);
    t.ok(Math.abs(offLevel(month, [START + day, 80 * weekly(day)])) < 0.02, 'nothing is off');
  }
  t.ok(noiseOf(month) < 0.03, 'what is left is noise alone');
  const swings = [1, 2, 3, 4, 5, 6, 7, 8].filter(
    (seed) => monthLevelOf(daysOf(40, steady, 0.05, seed), START + 40)?.usual.some((factor) => factor !== 1) === true,
  );
  t.ok(swings.length <= 1, `seeds with a swing: ${swings.join(', ')}`);
});

t.test('weekdays are told apart only with three weeks of each', async (t) => {
  t.equal(monthLevelOf(daysOf(20, weekly), START + 20)?.knowsWeekdays, false);
  t.ok(monthLevelOf(daysOf(20, weekly), START + 20)?.usual.every((factor) => factor === 1));
  t.equal(monthLevelOf(daysOf(21, weekly), START + 21)?.knowsWeekdays, true);
});

t.test('less than 14 days, or days older than two months, tell nothing', async (t) => {
  t.equal(monthLevelOf(daysOf(13, steady), START + 13), undefined);
  t.not(monthLevelOf(daysOf(14, steady), START + 14), undefined);
  t.equal(monthLevelOf(daysOf(40, steady), START + 90), undefined);
  const regressed = { ...daysOf(40, steady), lost: [[START + 40, START + 90]] as [number, number][] };
  t.not(monthLevelOf(regressed, START + 90), undefined, 'a regression does not make it older');
});

t.test('days before a reset and days of a regression say nothing of what is normal', async (t) => {
  const history = {
    ...emptyHistory,
    days: daysOf(30, steady).days.map(([day, value]): [number, number] => [day, value]),
    regressed: [[START + 20, START + 25]] as [number, number][],
  };
  const reset = new Date((START + 9) * DAY_MS + 1).toISOString();
  const good = goodDays(history, reset).days.map(([day]) => day - START);
  t.strictSame(good, [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 25, 26, 27, 28, 29]);
  t.equal(goodDays(history, undefined).days.length, 25);
});

t.test(
  'what came and went within the month has been seen, what lies further off or lasts longer has not',
  async (t) => {
    const days = daysOf(40, (day) => (day === 30 ? 0.8 : 1));
    const month = monthLevelOf(days, START + 40);
    if (month === undefined) throw new Error('expected a level');
    t.ok(hasSeen(month, Math.log(0.8), 1));
    t.notOk(hasSeen(month, Math.log(0.6), 1));
    t.notOk(hasSeen(month, Math.log(0.8), 3));
    t.notOk(hasSeen(month, Math.log(1.2), 1), 'the other way');
  },
);
