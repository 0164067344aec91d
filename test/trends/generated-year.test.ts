/** What the trends are for, on a year of generated history: what they find in it, and that they find nothing else. */
import t from 'tap';
import { type SignalVerdict, TrendBook } from '../../src/trends/trend-book.js';
import { driverChangeAt, generatedYear, HOUR_MS, historyRuns } from '../fixtures/history.js';

const settings = {
  options: { window: 20, minSamples: 5, drop: 0.1 },
  isReferenceModel: () => false,
};

for (const seed of [1, 2]) {
  t.test(`year ${seed}: a change with its cause, a drift with its slope, no other alarm`, async (t) => {
    const book = new TrendBook(settings);
    let now = driverChangeAt;
    const verdicts: SignalVerdict[] = [];
    for (const run of historyRuns(generatedYear(seed))) {
      now = new Date(run[0]?.run_at ?? now);
      verdicts.push(...book.judge(run, now));
    }

    const alarms = verdicts.filter(({ verdict }) => ['started', 'recovered', 'improved'].includes(verdict.kind));
    t.equal(alarms.length, 3, 'one for each test and no other');
    for (const { signal, series, at, verdict } of alarms) {
      const where = `${series.test_id} ${signal}`;
      t.equal(signal, 'decode_speed', where);
      t.ok(Date.parse(at) - driverChangeAt.getTime() < 24 * HOUR_MS, `${where}: within a day of runs`);
      const regression = verdict.kind === 'started' ? verdict.regression : undefined;
      t.equal(regression?.since, driverChangeAt.toISOString(), `${where}: since the change`);
      t.equal(regression?.changes?.[0]?.words, 'GPU driver 550.54.14 → 560.35.03', `${where}: with its cause`);
      t.ok(Math.abs((regression?.change_ratio ?? 0) + 0.12) < 0.03, `${where}: ${regression?.change_ratio}`);
    }

    for (const { series, signals } of book.trends(now)) {
      for (const { signal, regression, drift } of signals) {
        const where = `${series.test_id} ${signal}`;
        t.equal(regression.status, signal === 'decode_speed' ? 'active' : 'steady', where);
        const year = drift.find(({ window_days }) => window_days === 365);
        if (signal !== 'decode_speed') {
          t.ok(
            drift.every(({ status }) => status === 'insignificant'),
            `${where}: does not drift`,
          );
        } else {
          const slope = year?.status === 'significant' ? year.ratio_per_30d : 0;
          t.ok(Math.abs(slope / -0.01 - 1) <= 0.2, `${where}: ${slope}`);
          t.equal(year?.status === 'significant' ? year.step_at : undefined, null, `${where}: a slope, no step`);
        }
      }
    }
  });
}
