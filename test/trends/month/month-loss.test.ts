import t from 'tap';
import type { GoodDays } from '../../../src/trends/month/month-level.js';
import { monthLossOf } from '../../../src/trends/month/month-loss.js';
import { signals } from '../../../src/trends/signal.js';
import { normalNoise } from '../../fixtures/history-noise.js';

const START = 20_454;

interface Setting {
  readonly days: number;
  readonly ratio: (day: number) => number;
  readonly cv?: number;
  readonly isMeasured?: (day: number) => boolean;
}

function daysOf({ days, ratio, cv = 0.02, isMeasured = () => true }: Setting): GoodDays {
  const noise = normalNoise(4);
  const all = Array.from({ length: days }, (_, day) => [START + day, 80 * ratio(day) * (1 + cv * noise())] as const);
  return { days: all.filter(([day]) => isMeasured(day - START)), lost: [] };
}

const decode = signals.decode_speed;
const weekly = (day: number) => 1 + 0.06 * Math.sin((2 * Math.PI * day) / 7);
const lost = (since: number) => (day: number) => (day < since ? 1 : 0.85);

t.test('a loss behind a weekly swing is found on its fifth day, since the first', async (t) => {
  const found = monthLossOf(daysOf({ days: 45, ratio: (day) => weekly(day) * lost(40)(day) }), decode, 0.1);
  t.match(found, { day: START + 40, behind: 'weekly_swing' });
  t.ok(Math.abs((found?.changeRatio ?? 0) + 0.15) < 0.03, `${found?.changeRatio}`);
  t.equal(found?.good.at(-1)?.[0], START + 39);
});

t.test('the swing alone is none, at whichever day it is looked at', async (t) => {
  for (let days = 15; days < 60; days += 1) {
    t.equal(monthLossOf(daysOf({ days, ratio: weekly }), decode, 0.1), undefined, `${days} days`);
  }
});

t.test('what came slowly is told as that', async (t) => {
  const slope = (day: number) => 1 - 0.18 * Math.min(1, Math.max(0, (day - 30) / 14));
  const found = monthLossOf(daysOf({ days: 47, ratio: slope, cv: 0.01 }), decode, 0.1);
  t.match(found, { behind: 'slope' });
});

t.test('behind noise it is found once there are days enough', async (t) => {
  t.match(monthLossOf(daysOf({ days: 54, ratio: lost(40), cv: 0.04 }), decode, 0.1), { behind: 'noise' });
});

t.test('a wait that gets longer is a loss, a shorter one is none', async (t) => {
  const days = (ratio: number) => daysOf({ days: 46, ratio: (day) => (day < 40 ? 1 : ratio) });
  t.ok(monthLossOf(days(1.2), signals.ttft, 0.1));
  t.equal(monthLossOf(days(0.8), signals.ttft, 0.1), undefined);
});

t.test('two bad days, less than a large change or less than two weeks before tell nothing', async (t) => {
  const none = (setting: Setting) => t.equal(monthLossOf(daysOf(setting), decode, 0.1), undefined);
  none({ days: 42, ratio: (day) => (day < 40 ? 1 : 0.6) });
  none({ days: 50, ratio: (day) => (day < 40 ? 1 : 0.94) });
  none({ days: 18, ratio: lost(11) });
  t.equal(monthLossOf({ days: [], lost: [] }, decode, 0.1), undefined);
});

t.test('every other day is enough, a day a week is not', async (t) => {
  t.ok(monthLossOf(daysOf({ days: 90, ratio: lost(78), isMeasured: (day) => day % 2 === 0 }), decode, 0.1));
  const seldom = daysOf({ days: 200, ratio: lost(150), isMeasured: (day) => day % 7 === 0 });
  t.equal(monthLossOf(seldom, decode, 0.1), undefined);
});
