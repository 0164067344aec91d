import t from 'tap';
import { emptyHistory } from '../../src/trends/history.js';
import type { Verdict } from '../../src/trends/regression.js';
import { initialState } from '../../src/trends/regression-state.js';
import { signals } from '../../src/trends/signal.js';
import {
  type FirstRun,
  judgeSignal,
  type SignalRecord,
  signalRecordSchema,
  withFirstRun,
} from '../../src/trends/signal-judging.js';
import { DAY_MS, HOUR_MS, historyStart } from '../fixtures/history.js';
import { normalNoise } from '../fixtures/history-noise.js';

const options = { window: 20, minSamples: 5, drop: 0.1 };

/** Six-hourly runs of one signal. */
class Series {
  record: SignalRecord = { state: initialState, history: emptyHistory };
  firstRuns: readonly FirstRun[] = [];
  runs = 0;
  readonly #noise = normalNoise(6);

  /** Until the day, at 80 times the ratio. */
  until(day: number, ratio: (day: number) => number, cv = 0.02): Verdict[] {
    const verdicts: Verdict[] = [];
    while (this.runs < day * 4) {
      const at = new Date(historyStart.getTime() + this.runs * 6 * HOUR_MS).toISOString();
      verdicts.push(this.judge(at, 80 * ratio(this.runs / 4) * (1 + cv * this.#noise())));
    }
    return verdicts;
  }

  judge(at: string, value: number): Verdict {
    const run = { run_id: `run-${this.runs}`, at, value };
    this.runs += 1;
    this.firstRuns = withFirstRun(this.firstRuns, run);
    const context = { signal: signals.decode_speed, options, resetAt: undefined, firstRuns: this.firstRuns };
    const judged = judgeSignal(this.record, run, context);
    this.record = judged.record;
    return judged.verdict;
  }
}

const weekly = (day: number) => 1 + 0.06 * Math.sin((2 * Math.PI * day) / 7);
const dayAt = (day: number) => new Date(historyStart.getTime() + day * DAY_MS);

function changes(verdicts: readonly Verdict[]): string[] {
  return verdicts.map(({ kind }) => kind).filter((kind) => ['started', 'recovered', 'improved'].includes(kind));
}

t.test('a loss behind a weekly swing is found, stands through the swing, and ends with it', async (t) => {
  const series = new Series();
  t.strictSame(changes(series.until(60, weekly)), []);
  t.strictSame(changes(series.until(74, (day) => 0.85 * weekly(day))), ['started']);
  t.strictSame(changes(series.until(100, (day) => 0.85 * weekly(day))), [], 'it neither ends nor begins again');
  t.strictSame(changes(series.until(110, weekly)), ['recovered']);
  t.strictSame(changes(series.until(160, weekly)), [], 'its days are no part of what is normal');
});

t.test('a loss that creeps in is told with the month before it', async (t) => {
  const series = new Series();
  const slope = (day: number) => 1 - 0.2 * Math.min(1, Math.max(0, (day - 50) / 25));
  const started = series.until(90, slope, 0.01).find(({ kind }) => kind === 'started');
  const regression = started?.kind === 'started' ? started.regression : undefined;
  t.match(regression, { behind: 'slope', changes: null });
  t.ok(Date.parse(regression?.since ?? '') > dayAt(52).getTime());
  t.equal(series.record.state.status, 'regressed');
  const level = series.record.state.baseline.map(({ value }) => value);
  t.ok(
    level.every((value) => value > 80 * 0.85),
    'the baseline is of days before it',
  );
});

t.test('what is remembered is read again as it was written', async (t) => {
  const series = new Series();
  series.until(60, weekly);
  series.until(74, (day) => 0.85 * weekly(day));
  t.strictSame(signalRecordSchema.parse(JSON.parse(JSON.stringify(series.record))), series.record);
});

t.test('a book of an older version knows no runs from before: it waits for some', async (t) => {
  const series = new Series();
  series.until(60, weekly, 0.04);
  series.firstRuns = [];
  const verdicts = series.until(80, (day) => 0.86 * weekly(day), 0.04);
  const started = verdicts.flatMap((verdict) => (verdict.kind === 'started' ? [verdict.regression] : []));
  t.ok(started.every(({ last_good_run_id, first_bad_run_id }) => last_good_run_id !== first_bad_run_id));
});

t.test('the first run of each day is remembered, for a month and a half', async (t) => {
  let runs: readonly FirstRun[] = [];
  for (let run = 0; run < 400; run += 1) {
    runs = withFirstRun(runs, {
      run_id: `${run}`,
      at: new Date(historyStart.getTime() + run * 6 * HOUR_MS).toISOString(),
    });
  }
  t.equal(runs.length, 45);
  t.equal(runs.at(-1)?.run_id, '396');
  t.strictSame(withFirstRun(runs, { run_id: 'late', at: historyStart.toISOString() }), runs);
});

t.test('the same run twice, or a value that cannot be, changes nothing', async (t) => {
  const series = new Series();
  series.until(40, weekly);
  const before = series.record;
  t.match(series.judge(dayAt(40).toISOString(), Number.NaN), { kind: 'ignored', reason: 'value' });
  t.equal(series.record, before);
});
