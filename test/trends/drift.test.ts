import t from 'tap';
import { type Drift, driftOf } from '../../src/trends/drift.js';
import { emptyHistory, type History, withBreak, withValue } from '../../src/trends/history.js';
import { type NoiseShape, noiseOf } from '../fixtures/history-noise.js';

const start = Date.UTC(2026, 0, 1, 6);
const DAY_MS = 86_400_000;

function at(day: number): Date {
  return new Date(start + day * DAY_MS);
}

interface Setting {
  readonly days: number;
  readonly cv?: number;
  readonly shape?: NoiseShape;
  readonly seed?: number;
  /** 1 where nothing happens. */
  readonly level: (day: number) => number;
  readonly skip?: (day: number) => boolean;
}

function historyWith({ days, cv = 0.01, shape = 'normal', seed = 1, level, skip }: Setting): History {
  const noise = noiseOf(shape, seed);
  let history = emptyHistory;
  for (let day = 0; day < days; day += 1) {
    if (skip?.(day) === true) continue;
    history = withValue(history, at(day).toISOString(), 80 * level(day) * (1 + cv * noise()));
  }
  return history;
}

function monthly(ratio: number): (day: number) => number {
  return (day) => (1 + ratio) ** (day / 30);
}

function ratioOf(drift: Drift): number | undefined {
  return drift.status === 'significant' ? drift.ratio_per_30d : undefined;
}

t.test('one percent a month is found within a tenth over a year', async (t) => {
  for (const ratio of [-0.01, 0.01]) {
    const drift = driftOf(historyWith({ days: 365, level: monthly(ratio) }), 365, at(364));
    t.ok(Math.abs((ratioOf(drift) ?? 0) / ratio - 1) < 0.1, JSON.stringify(drift));
    t.match(drift, { window_days: 365, points: 61, step_at: null });
  }
});

t.test('its interval holds it', async (t) => {
  const drift = driftOf(historyWith({ days: 365, level: monthly(-0.01) }), 90, at(364));
  t.equal(drift.status, 'significant');
  const [low, high] = drift.status === 'significant' ? drift.ci95_per_30d : [0, 0];
  t.ok(low < -0.01 && high > -0.01 && high - low < 0.01, `${low} … ${high}`);
});

t.test('noise does not drift, whatever its shape', async (t) => {
  for (const shape of ['normal', 'skewed', 'correlated'] as const) {
    let found = 0;
    for (let seed = 1; seed <= 40; seed += 1) {
      const history = historyWith({ days: 365, cv: 0.05, shape, seed, level: () => 1 });
      found += [90, 365].filter((days) => driftOf(history, days, at(364)).status === 'significant').length;
    }
    t.ok(found <= 1, `${shape}: ${found} of 80`);
  }
});

t.test('an insignificant drift has no figure', async (t) => {
  const drift = driftOf(historyWith({ days: 40, level: () => 1 }), 30, at(39));
  t.equal(drift.status, 'insignificant');
  t.notOk('ratio_per_30d' in drift);
});

t.test('less than two percent over the window is no drift, however certain', async (t) => {
  const drift = driftOf(historyWith({ days: 365, cv: 0.0001, level: monthly(-0.001) }), 365, at(364));
  t.match(drift, { status: 'insignificant' });
  t.ok(drift.status === 'insignificant' && drift.p_value < 1e-6);
});

t.test('few days, or days that cover little of the window, tell nothing', async (t) => {
  t.strictSame(driftOf(emptyHistory, 30, at(0)), { status: 'too_few', window_days: 30 });
  t.equal(driftOf(historyWith({ days: 9, level: monthly(-0.5) }), 30, at(8)).status, 'too_few');
  t.equal(driftOf(historyWith({ days: 40, level: monthly(-0.2) }), 90, at(39)).status, 'too_few');
  t.equal(driftOf(historyWith({ days: 40, level: monthly(-0.2) }), 30, at(39)).status, 'significant');
});

t.test('a weekly benchmark drifts over a year', async (t) => {
  const weekly = historyWith({ days: 365, level: monthly(-0.01), skip: (day) => day % 7 !== 0 });
  t.equal(driftOf(weekly, 365, at(364)).status, 'significant');
  t.equal(driftOf(weekly, 30, at(364)).status, 'too_few');
});

t.test('days without runs do not bend the slope', async (t) => {
  const history = historyWith({ days: 365, level: monthly(-0.01), skip: (day) => day > 100 && day < 180 });
  t.ok(Math.abs((ratioOf(driftOf(history, 365, at(364))) ?? 0) + 0.01) < 0.001);
});

t.test('a change of level that is known is no drift, and drift beside it is still found', async (t) => {
  const step = (day: number): number => (day < 200 ? 1 : 0.88);
  const known = (level: (day: number) => number): History =>
    withBreak(historyWith({ days: 365, level }), at(200).toISOString());
  t.equal(driftOf(known(step), 365, at(364)).status, 'insignificant');
  const both = driftOf(
    known((day) => step(day) * monthly(-0.01)(day)),
    365,
    at(364),
  );
  t.ok(Math.abs((ratioOf(both) ?? 0) + 0.01) < 0.002, JSON.stringify(both));
});

t.test('a step too small for a regression is told from a slope, with its day', async (t) => {
  const drift = driftOf(historyWith({ days: 90, level: (day) => (day < 40 ? 1 : 0.94) }), 90, at(89));
  t.equal(drift.status, 'significant');
  const step = drift.status === 'significant' ? drift.step_at : null;
  t.ok(step !== null && Math.abs(Date.parse(step) - at(40).getTime()) <= 3 * DAY_MS, `${step}`);
});

t.test('days after now are not counted', async (t) => {
  const history = withValue(historyWith({ days: 60, level: () => 1 }), at(5000).toISOString(), 1);
  t.match(driftOf(history, 30, at(59)), { status: 'insignificant', points: 30 });
});
