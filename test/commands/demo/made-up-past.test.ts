import t from 'tap';
import { benchmarkResultSchema, type SuccessfulRun } from '../../../src/benchmark/result.js';
import { rowsOf } from '../../../src/chronicle/row.js';
import { isRunId } from '../../../src/chronicle/run-id.js';
import { madeUpPast, VERSION_BEFORE } from '../../../src/commands/demo/made-up-past.js';
import { trendSettings } from '../../../src/judging/trend-records.js';
import { trendsOf } from '../../../src/trends/trend-book.js';
import { failedRun } from '../../fixtures/benchmark-result.js';
import { demoResult } from '../../fixtures/demo-result.js';

const HOUR_MS = 3_600_000;
const measured = demoResult(new Date('2026-11-21T14:30:45.123Z'));
const past = madeUpPast(measured);

t.test('four weeks of whole results, every six hours up to the run that was measured', async (t) => {
  t.equal(past.length, 28 * 4);
  for (const [index, run] of [...past, measured].entries()) {
    t.strictSame(benchmarkResultSchema.parse(run), run, 'a whole result, like a measured one');
    t.ok(isRunId(run.run_id), run.run_id);
    t.equal(Date.parse(run.run_at), Date.parse(measured.run_at) - (112 - index) * 6 * HOUR_MS);
    t.equal(Date.parse(run.finished_at) - Date.parse(run.run_at), 45_000);
  }
  t.equal(new Set(past.map(({ run_id }) => run_id)).size, past.length);
  t.strictSame(madeUpPast(measured), past, 'always the same');
});

t.test('figures that belong together', async (t) => {
  const [run] = past;
  const [test] = run?.benchmarks ?? [];
  const runs = (test?.runs ?? []) as readonly SuccessfulRun[];
  const mean = runs.reduce((sum, { tps }) => sum + (tps ?? 0), 0) / runs.length;
  t.equal(test?.avg_tps, mean);
  t.ok(mean > 1210 * 1.1 && mean < 1210 * 1.3, `${mean} tokens/s`);
  for (const { elapsed_s, ttft_s, decode_s, tps } of runs) {
    t.ok(Math.abs(elapsed_s - (ttft_s ?? 0) - (decode_s ?? 0)) < 1e-9, 'first token and decoding make up the whole');
    t.ok(Math.abs((tps ?? 0) * (decode_s ?? 0) - 63) < 1e-6, 'as many tokens as before');
  }
});

t.test('what failed or was unknown stays so', async (t) => {
  const [first, ...others] = measured.benchmarks;
  if (first === undefined) throw new Error('a test was expected');
  const [run, ...runs] = first.runs as readonly SuccessfulRun[];
  const unknown = { ...run, tps: null, decode_s: null } as SuccessfulRun;
  const benchmarks = [{ ...first, runs: [failedRun(), unknown, ...runs] }, ...others];
  const made = madeUpPast({ ...measured, benchmarks })[0]?.benchmarks[0]?.runs ?? [];
  t.strictSame(made[0], failedRun());
  t.match(made[1], { success: true, tps: null, decode_s: null });
});

t.test('it slowed by a sixth four days before, with another version of the server and the same answers', async (t) => {
  const rows = [...past, measured].flatMap(rowsOf);
  const settings = trendSettings({ trends: { window: 20, minSamples: 5, drop: 0.1 } });
  const trends = trendsOf(rows, settings, new Date(measured.finished_at));
  t.equal(trends.length, 5);
  for (const { signals } of trends) {
    const found = signals.flatMap(({ signal, regression }) =>
      regression.status === 'active' ? [{ signal, regression }] : [],
    );
    t.match(found, [{ signal: 'decode_speed', regression: { since: '2026-11-17T14:30:45.123Z', culprit: null } }]);
    const { change_ratio: ratio = 0, changes = [] } = found[0]?.regression ?? {};
    t.ok(ratio < -0.14 && ratio > -0.19, `${ratio}`);
    t.match(changes, [{ words: `server version ${VERSION_BEFORE} → 0.1.0` }]);
  }
  t.ok(past.every(({ benchmarks }) => benchmarks.at(-1)?.canary?.verdict === 'match'));
});
