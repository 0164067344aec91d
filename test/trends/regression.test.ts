import t from 'tap';
import { evaluate, type TrendOptions, type Verdict } from '../../src/trends/regression.js';
import {
  initialState,
  type RegressionState,
  regressionStateSchema,
  type TrendSample,
} from '../../src/trends/regression-state.js';
import { type Signal, signals } from '../../src/trends/signal.js';
import { normalNoise } from '../fixtures/history-noise.js';
import { seeds } from '../fixtures/seeded-random.js';

const options: TrendOptions = { window: 20, minSamples: 5, drop: 0.1 };

/** A series that is judged run by run, one run a day. */
class Series {
  readonly #signal: Signal;
  readonly #options: TrendOptions;
  state: RegressionState = initialState;
  runs = 0;

  constructor(signal: Signal = signals.decode_speed, given: TrendOptions = options) {
    this.#signal = signal;
    this.#options = given;
  }

  add(...values: readonly number[]): Verdict[] {
    return values.map((value) => {
      this.runs += 1;
      return this.judge({ run_id: `run-${this.runs}`, at: dayOf(this.runs), value });
    });
  }

  judge(run: TrendSample): Verdict {
    const judgement = evaluate(this.state, run, this.#signal, this.#options);
    this.state = judgement.state;
    return judgement.verdict;
  }
}

function dayOf(run: number): string {
  return new Date(Date.UTC(2026, 0, run)).toISOString();
}

function kinds(verdicts: readonly Verdict[]): string[] {
  return verdicts.map(({ kind }) => kind);
}

/** Values around a level that differ by a percent or so, always the same. */
function around(level: number, count: number, seed = 1, cv = 0.01): number[] {
  const noise = normalNoise(seed);
  return Array.from({ length: count }, () => level * (1 + cv * noise()));
}

t.test('judging begins with the least number of good runs', async (t) => {
  const series = new Series();
  t.strictSame(kinds(series.add(...around(100, 6))), [...new Array<string>(5).fill('learning'), 'steady']);
});

t.test('a lasting drop is found after four runs, with where it began', async (t) => {
  const series = new Series();
  series.add(...around(100, 30));
  const verdicts = series.add(...around(80, 4, 2));
  t.equal(verdicts.at(-1)?.kind, 'started');
  const last = verdicts.at(-1);
  t.match(last?.kind === 'started' ? last.regression : undefined, {
    since: dayOf(31),
    first_bad_run_id: 'run-31',
    last_good_run_id: 'run-30',
    last_good_at: dayOf(30),
    before_run_id: 'run-29',
    after_run_id: 'run-32',
    detected_at: dayOf(34),
    detected_run_id: 'run-34',
    changes: null,
    culprit: null,
  });
  const { change_ratio = 0, p_value = 1 } = last?.kind === 'started' ? last.regression : {};
  t.ok(Math.abs(change_ratio + 0.2) < 0.02, `${change_ratio}`);
  t.ok(p_value <= 0.001);
});

t.test('before it is certain it is suspected', async (t) => {
  const series = new Series();
  series.add(...around(100, 30));
  t.strictSame(kinds(series.add(...around(80, 3, 2))), ['steady', 'suspect', 'suspect']);
});

t.test('one bad run never starts a regression, however bad and whenever', async (t) => {
  for (const seed of seeds) {
    const good = around(100, 60, seed, 0.03);
    for (const [at, value] of [
      [5, 1],
      [12, 0.001],
      [25, 40],
      [40, 89],
      [59, 5],
    ] as const) {
      const series = new Series();
      const verdicts = series.add(...good.slice(0, at), value, ...good.slice(at));
      t.notOk(kinds(verdicts).includes('started'), `seed ${seed}, ${value} after ${at} runs`);
    }
  }
});

t.test('two bad runs between good ones do not start one either', async (t) => {
  const series = new Series();
  series.add(...around(100, 30));
  t.notOk(kinds(series.add(50, 50, ...around(100, 10, 4))).includes('started'));
});

t.test('two bad runs do not, though the two before them were among the slowest good ones', async (t) => {
  const good = around(100, 30);
  const slowest = Math.min(...good) - 0.1;
  const series = new Series();
  series.add(...good);
  t.notOk(kinds(series.add(slowest, slowest, 50, 50)).includes('started'));
  t.ok(kinds(series.add(50)).includes('started'), 'a third one does');
});

t.test('a lasting change below the threshold is none', async (t) => {
  const series = new Series();
  const verdicts = series.add(...around(100, 30), ...around(92, 60, 2));
  t.notOk(kinds(verdicts).includes('started'));
});

t.test('the baseline stays as it was for as long as a regression lasts', async (t) => {
  const series = new Series();
  series.add(...around(100, 30), ...around(80, 4, 2));
  const before = structuredClone(series.state.baseline);
  const verdicts = series.add(...around(80, 300, 3));
  t.ok(verdicts.every(({ kind }) => kind === 'ongoing'));
  t.strictSame(series.state.baseline, before);
  t.ok(before.every(({ value }) => value > 95));
});

t.test('recovery is found as a drop is: after four runs, with where it began', async (t) => {
  const series = new Series();
  series.add(...around(100, 30), ...around(80, 30, 2));
  const verdicts = series.add(...around(100, 4, 3));
  t.strictSame(kinds(verdicts), ['ongoing', 'ongoing', 'ongoing', 'recovered']);
  t.match(verdicts.at(-1), { kind: 'recovered', since: dayOf(61), regression: { since: dayOf(31) } });
  t.strictSame(kinds(series.add(...around(100, 20, 4))), new Array<string>(20).fill('steady'));
});

t.test('recovery soon after the start is found as soon', async (t) => {
  const series = new Series();
  series.add(...around(100, 30), ...around(80, 4, 2));
  t.equal(series.add(...around(100, 4, 3)).at(-1)?.kind, 'recovered');
});

t.test('one good run never ends a regression', async (t) => {
  for (const seed of seeds) {
    const series = new Series();
    series.add(...around(100, 30, seed, 0.03), ...around(75, 10, seed + 1, 0.03));
    t.equal(series.state.status, 'regressed');
    const verdicts = series.add(130, ...around(75, 10, seed + 2, 0.03));
    t.ok(
      verdicts.every(({ kind }) => kind === 'ongoing'),
      `seed ${seed}`,
    );
  }
});

t.test('two good runs do not, though the two before them were among the fastest bad ones', async (t) => {
  const bad = around(75, 20, 2);
  const fastest = Math.max(...bad) + 0.1;
  const series = new Series();
  series.add(...around(100, 30), ...bad);
  t.notOk(kinds(series.add(fastest, fastest, 130, 130)).includes('recovered'));
  t.ok(kinds(series.add(130)).includes('recovered'), 'a third one does');
});

t.test('a regression that only becomes smaller lasts', async (t) => {
  const series = new Series();
  series.add(...around(100, 30), ...around(60, 10, 2));
  t.ok(series.add(...around(85, 40, 3)).every(({ kind }) => kind === 'ongoing'));
});

t.test('the same regression can start again', async (t) => {
  const series = new Series();
  const rounds = [0, 1, 2].flatMap((round) => [
    series.add(...around(100, 20, round)).filter(({ kind }) => kind === 'recovered').length,
    series.add(...around(80, 10, round + 5)).filter(({ kind }) => kind === 'started').length,
  ]);
  t.strictSame(rounds, [0, 1, 1, 1, 1, 1]);
});

t.test('a lasting improvement becomes the baseline, so that losing it is found', async (t) => {
  const series = new Series();
  series.add(...around(100, 30));
  const verdicts = series.add(...around(130, 20, 2));
  t.match(
    verdicts.find(({ kind }) => kind === 'improved'),
    { since: dayOf(31) },
  );
  t.ok(series.state.baseline.every(({ value }) => value > 120));
  t.ok(kinds(series.add(...around(100, 8, 3))).includes('started'));
});

t.test('a few fast runs are no improvement', async (t) => {
  const series = new Series();
  series.add(...around(100, 30));
  t.notOk(kinds(series.add(...around(130, 6, 2), ...around(100, 30, 3))).some((kind) => /improved|started/.test(kind)));
});

t.test('a signal that rises when it gets worse is judged the other way round', async (t) => {
  const series = new Series(signals.ttft);
  series.add(...around(0.5, 30));
  t.notOk(kinds(series.add(...around(0.4, 6, 2))).includes('started'));
  const slower = new Series(signals.ttft);
  slower.add(...around(0.5, 30));
  t.ok(kinds(slower.add(...around(0.6, 4, 2))).includes('started'));
  t.ok(kinds(slower.add(...around(0.5, 4, 3))).includes('recovered'));
});

t.test('a rise of temperature counts from five degrees on', async (t) => {
  const cool = new Series(signals.peak_temperature);
  t.notOk(kinds(cool.add(...around(40, 30), ...around(44.5, 20, 2, 0.001))).includes('started'));
  const hot = new Series(signals.peak_temperature);
  t.ok(kinds(hot.add(...around(70, 30), ...around(78, 8, 2))).includes('started'));
});

t.test('values that are all equal have a baseline without spread, and a drop is found all the same', async (t) => {
  const series = new Series();
  t.notOk(kinds(series.add(...new Array<number>(60).fill(50))).includes('started'));
  t.equal(series.add(40, 40, 40, 40).at(-1)?.kind, 'started');
  t.equal(series.add(50, 50, 50, 50).at(-1)?.kind, 'recovered');
});

t.test('with a short history it takes more runs, and it is found', async (t) => {
  for (const [before, needed] of [
    [5, 8],
    [7, 6],
    [10, 4],
  ] as const) {
    const series = new Series();
    series.add(...around(100, before));
    const verdicts = kinds(series.add(...around(70, 12, 2)));
    t.equal(verdicts.indexOf('started') + 1, needed, `${before} runs before`);
  }
});

t.test('a slow fall does not become its own reason: no alarm, the drift tells', async (t) => {
  const series = new Series();
  const noise = normalNoise(9);
  const values = Array.from({ length: 1000 }, (_, run) => 100 * 0.99 ** (run / 120) * (1 + 0.01 * noise()));
  t.notOk(kinds(series.add(...values)).includes('started'));
});

t.test('a run that was judged already, and a value that cannot be, leave all as it was', async (t) => {
  const series = new Series();
  series.add(...around(100, 30), ...around(80, 6, 2));
  const before = series.state;
  t.match(series.judge({ run_id: 'run-36', at: dayOf(36), value: 80 }), { kind: 'ignored', reason: 'repeated' });
  t.match(series.judge({ run_id: 'run-12', at: dayOf(12), value: 100 }), { kind: 'ignored', reason: 'repeated' });
  for (const value of [Number.NaN, -1, 0, Number.POSITIVE_INFINITY]) {
    t.match(series.judge({ run_id: 'new', at: dayOf(99), value }), { kind: 'ignored', reason: 'value' });
  }
  t.equal(series.state, before);
});

t.test('a clock that jumps changes no verdict: runs count in the order in which they come', async (t) => {
  const values = [...around(100, 30), ...around(80, 10, 2)];
  const jumping = new Series();
  const straight = new Series();
  const verdicts = values.map((value, run) =>
    jumping.judge({ run_id: `run-${run + 1}`, at: dayOf(run % 7 === 3 ? 4000 : run), value }),
  );
  t.strictSame(kinds(verdicts), kinds(straight.add(...values)));
});

t.test('the state stays small and survives JSON at any moment', async (t) => {
  const series = new Series();
  for (const value of [...around(100, 200), ...around(80, 100, 2), ...around(100, 50, 3)]) {
    series.add(value);
    const json = JSON.stringify(series.state);
    t.ok(json.length < 6000, `${json.length}`);
    series.state = regressionStateSchema.parse(JSON.parse(json));
  }
  t.equal(series.state.status, 'steady');
});

t.test('judging changes neither the state nor the run that it is given', async (t) => {
  const series = new Series();
  series.add(...around(100, 30), ...around(80, 3, 2));
  const before = structuredClone(series.state);
  const state = series.state;
  series.add(80);
  t.equal(series.state.status, 'regressed');
  t.strictSame(state, before);
});

t.test('other options are kept to', async (t) => {
  const lenient = new Series(signals.decode_speed, { window: 10, minSamples: 3, drop: 0.3 });
  t.notOk(kinds(lenient.add(...around(100, 30), ...around(80, 30, 2))).includes('started'));
  t.ok(lenient.state.baseline.length <= 10);
  const strict = new Series(signals.decode_speed, { window: 40, minSamples: 10, drop: 0.05 });
  t.equal(kinds(strict.add(...around(100, 60), ...around(92, 6, 2))).indexOf('started'), 63);
  t.equal(strict.state.baseline.length, 40);
});

t.test('a state that is not one is refused', async (t) => {
  const sample = { run_id: 'a', at: '2026-11-01T12:00:00.000Z', value: 80 };
  const isState = (baseline: unknown) => regressionStateSchema.safeParse({ status: 'learning', baseline }).success;
  t.equal(isState([sample]), true);
  t.equal(isState([]), true);
  const wrong = [
    { ...sample, at: '2026-02-30T12:00:00Z' },
    { ...sample, value: null },
    { at: sample.at, value: 80 },
    'a',
    null,
  ];
  for (const one of wrong) t.equal(isState([sample, one]), false, JSON.stringify(one));
  t.equal(isState(sample), false);
});
