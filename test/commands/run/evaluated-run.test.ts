import { mkdirSync, readFileSync } from 'node:fs';
import { pino } from 'pino';
import t from 'tap';
import { appendRows } from '../../../src/chronicle/chronicle.js';
import { recordResult } from '../../../src/chronicle/record.js';
import { checkStorage, storagePaths } from '../../../src/chronicle/storage.js';
import { evaluateRun } from '../../../src/commands/run/evaluated-run.js';
import { trendBookSchema } from '../../../src/trends/trend-book.js';
import { benchmarkResult, testResult } from '../../fixtures/benchmark-result.js';
import { historyRow, historyRuns } from '../../fixtures/history.js';

const config = { trends: { window: 20, minSamples: 5, drop: 0.1 } };
const now = new Date('2026-04-01T00:00:00.000Z');
const logged: string[] = [];
const logger = pino({ level: 'error' }, { write: (line: string) => void logged.push(line) });
const { machine_id, target, model } = historyRow();

/** The chronicle slowed on day 50 and has two slow runs: the next one makes it certain. */
const rows = historyRuns({
  seed: 2,
  days: 50.5,
  cv: 0.02,
  steps: [{ day: 50, ratios: { decode_speed: 0.7 } }],
}).flat();

function slowRun(run_id: string, run_at: string, avg_tps = 58) {
  const test = testResult({ avg_tps, avg_prefill_tps: null, avg_ttft_s: null });
  return benchmarkResult({ machine_id, target, model, run_id, run_at, benchmarks: [test] });
}

t.test('a run in the foreground starts a regression, keeps it and says so', async (t) => {
  const paths = storagePaths(t.testdir({}));
  await checkStorage(paths, { minFreeBytes: 0 });
  await appendRows(paths.chronicle, rows);
  const { result } = await recordResult(slowRun('2026-03-01_00-00-00.000_a3f1c820', '2026-03-01T00:00:00.000Z'), paths);
  t.match(await evaluateRun({ result, paths, config, now, logger }), [
    /^Slower for good: Baseline \(short prompt\): decode speed −\d\d % since 2026-02-20T00:17:00\.000Z\./,
  ]);
  const kept = trendBookSchema.parse(JSON.parse(readFileSync(paths.trendBook, 'utf8')));
  t.match(kept.series, [{ runs: rows.length + 1, signals: { decode_speed: { state: { status: 'regressed' } } } }]);
  const sentences: string[] = [];
  for (let hour = 1; hour < 10; hour += 1) {
    const at = `2026-03-01T0${hour}:00:00.000Z`;
    const run = slowRun(`2026-03-01_0${hour}-00-00.000_a3f1c820`, at, 82 + (hour % 3));
    const again = (await recordResult(run, paths)).result;
    sentences.push(...(await evaluateRun({ result: again, paths, config, now, logger })));
  }
  t.same(sentences, [
    'Well again: Baseline (short prompt): decode speed, which was worse since 2026-02-20T00:17:00.000Z.',
  ]);
  t.same(logged, []);
});

t.test('a book that cannot be kept is logged, and the run stands', async (t) => {
  const paths = storagePaths(t.testdir({}));
  await checkStorage(paths, { minFreeBytes: 0 });
  mkdirSync(paths.trendBook);
  const { result } = await recordResult(slowRun('2026-03-01_00-00-00.000_a3f1c820', '2026-03-01T00:00:00.000Z'), paths);
  t.same(await evaluateRun({ result, paths, config, now, logger }), []);
  t.match(JSON.parse(logged[0] ?? '{}'), { msg: 'the trends of a result could not be kept', run_id: result.run_id });
});
