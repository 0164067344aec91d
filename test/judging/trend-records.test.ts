import { existsSync } from 'node:fs';
import { appendFile, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { rotateChronicle } from '../../src/chronicle/rotation.js';
import { storagePaths } from '../../src/chronicle/storage.js';
import {
  keepTrendBook,
  keepTrendBookOf,
  openTrendBook,
  readResets,
  readTrends,
  resetBaseline,
  trendSettings,
} from '../../src/judging/trend-records.js';
import { historyRow, historyRuns } from '../fixtures/history.js';

const now = new Date('2026-06-01T00:00:00.000Z');
const settings = trendSettings({ trends: { window: 20, minSamples: 5, drop: 0.1 } });
const runs = historyRuns({ seed: 2, days: 60, cv: 0.02, steps: [{ day: 50, ratios: { decode_speed: 0.8 } }] }).flat();

function storage(t: Test) {
  return storagePaths(t.testdir({}));
}

t.test('a book opened anew says what one that was kept says', async (t) => {
  const paths = storage(t);
  await appendRows(paths.chronicle, runs.slice(0, 220));
  const first = await openTrendBook(paths, { settings, now });
  await keepTrendBook(first, paths);
  await rotateChronicle(paths, { fromBytes: 1 });
  await appendRows(paths.chronicle, runs.slice(220));
  const kept = (await openTrendBook(paths, { settings, now })).trends(now);
  await writeFile(paths.trendBook, '{"version":1,');
  const anew = (await openTrendBook(paths, { settings, now })).trends(now);
  t.match(kept, [{ runs: runs.length, signals: [{ signal: 'decode_speed', regression: { status: 'active' } }] }]);
  t.same(kept, anew);
});

t.test('a baseline frozen longer ago than the tail outlives a restart', async (t) => {
  const paths = storage(t);
  await appendRows(paths.chronicle, runs);
  await keepTrendBook(await openTrendBook(paths, { settings, now }), paths);
  const [trend] = (await openTrendBook(paths, { settings, now, rows: 3 })).trends(now);
  t.match(trend?.signals[0], { regression: { status: 'active' } });
  await writeFile(paths.trendBook, 'lost');
  const [short] = (await openTrendBook(paths, { settings, now, rows: 3 })).trends(now);
  t.match(short?.signals[0], { regression: { status: 'learning', samples: 3 } });
});

t.test('more rows since the book was kept than are read beside it are all judged', async (t) => {
  const paths = storage(t);
  const many = historyRuns({ seed: 4, days: 45, cv: 0.02, tests: ['a', 'b', 'c', 'd'] }).flat();
  await appendRows(paths.chronicle, many.slice(0, 100));
  await keepTrendBook(await openTrendBook(paths, { settings, now }), paths);
  await appendRows(paths.chronicle, many.slice(100));
  const trends = (await openTrendBook(paths, { settings, now })).trends(now);
  t.equal(
    trends.reduce((runs, trend) => runs + trend.runs, 0),
    many.length,
  );
});

t.test('a book for reading says what any other says, whether it has seen the last runs or not', async (t) => {
  const paths = storage(t);
  const trends = async (forReading: boolean) => (await openTrendBook(paths, { settings, now, forReading })).trends(now);
  await appendRows(paths.chronicle, runs.slice(0, 220));
  await keepTrendBook(await openTrendBook(paths, { settings, now }), paths);
  t.match(await trends(true), [{ runs: 220 }]);
  t.same(await trends(true), await trends(false));
  const [last = historyRow()] = runs.slice(219);
  await appendRows(paths.chronicle, [{ ...last, category: 'canary', test_id: 'canary' }]);
  t.match(await trends(true), [{ runs: 220 }], 'no series of the book');
  await appendRows(paths.chronicle, [...runs.slice(220), historyRow({ run_at: last.run_at, model: 'other' })]);
  t.same(
    (await trends(true)).map(({ runs }) => runs),
    [1, runs.length],
  );
  t.same(await trends(true), await trends(false));
});

t.test('a reset ends the regression, is on disk, and holds after a restart with and without the book', async (t) => {
  const paths = storage(t);
  await appendRows(paths.chronicle, runs);
  const book = await openTrendBook(paths, { settings, now });
  const reset = { at: now.toISOString(), reason: 'new power limit', series: { test_id: 'baseline_short' } };
  t.equal(await resetBaseline(book, paths, reset), 1);
  t.same(await readResets(paths), [reset]);
  t.match(book.trends(now), [
    { reset: { reason: 'new power limit' }, signals: [{ regression: { status: 'learning' } }] },
  ]);
  t.match((await openTrendBook(paths, { settings, now })).trends(now)[0]?.reset, { reason: 'new power limit' });
  const later = historyRuns({ seed: 3, days: 155, cv: 0.02 }).flat().slice(-4);
  await appendRows(paths.chronicle, later);
  await writeFile(paths.trendBook, 'lost');
  const [trend] = (await openTrendBook(paths, { settings, now: new Date('2026-06-10T00:00:00Z') })).trends(now);
  t.match(trend?.signals[0], { regression: { status: 'learning', samples: 4 } });
});

t.test('a reset that the kept book does not know yet is applied', async (t) => {
  const paths = storage(t);
  await appendRows(paths.chronicle, runs);
  await keepTrendBook(await openTrendBook(paths, { settings, now }), paths);
  await appendFile(paths.baselineResets, `junk\n${JSON.stringify({ at: now.toISOString(), reason: 'r' })}\n{"at":`);
  const [trend] = (await openTrendBook(paths, { settings, now })).trends(now);
  t.match(trend, { reset: { reason: 'r' }, signals: [{ regression: { status: 'learning', samples: 0 } }] });
});

t.test('a reset of a series that is not there writes nothing', async (t) => {
  const paths = storage(t);
  await appendRows(paths.chronicle, runs.slice(0, 10));
  const book = await openTrendBook(paths, { settings, now });
  t.equal(await resetBaseline(book, paths, { at: now.toISOString(), reason: 'r', series: { target: 'x' } }), 0);
  await t.rejects(readFile(paths.baselineResets), { code: 'ENOENT' });
});

t.test('knows the reference model by its name', async (t) => {
  t.ok(settings.isReferenceModel('typhon-reference-tiny'));
  t.notOk(settings.isReferenceModel('llama'));
});

t.test('a reset of the canary alone counts the models that it concerns', async (t) => {
  const paths = storage(t);
  const model = historyRow().model;
  await appendRows(paths.chronicle, [
    historyRow(),
    historyRow({ test_id: 'long_gen' }),
    historyRow({ model: 'other' }),
  ]);
  const book = await openTrendBook(paths, { settings, now });
  const reset = (series: { model?: string; test_id: string }) =>
    resetBaseline(book, paths, { at: now.toISOString(), reason: 'a new template', series });
  t.equal(await reset({ test_id: 'canary' }), 2);
  t.equal(await reset({ test_id: 'canary', model }), 1);
  t.equal(await reset({ test_id: 'canary', model: 'unknown' }), 0);
  t.equal((await readResets(paths)).length, 2);
});

t.test('what a reader is told is what the book says, whatever is kept of that', async (t) => {
  const paths = storage(t);
  const today = join(paths.root, 'trends_today.json');
  const answers = async (what: string, later = now, used = settings) => {
    const wanted = (await openTrendBook(paths, { settings: used, now: later })).trends(later);
    // The first may keep it for the second.
    for (const turn of ['first', 'second']) {
      t.strictSame(await readTrends(paths, { settings: used, now: later }), wanted, `${what}, ${turn}`);
    }
  };
  await answers('nothing there');
  const many = historyRuns({ seed: 4, days: 60, cv: 0.02, tests: ['a', 'b', 'c', 'd'] }).flat();
  await appendRows(paths.chronicle, many.slice(0, 500));
  await answers('no book');
  t.notOk(existsSync(today), 'without a book there is nothing to be kept beside it');
  await keepTrendBook(await openTrendBook(paths, { settings, now }), paths);
  await answers('a book');
  const { mtimeMs } = await stat(today);
  await answers('once more');
  t.equal((await stat(today)).mtimeMs, mtimeMs, 'worked out once');
  await appendRows(paths.chronicle, many.slice(500, 520));
  await answers('runs that the book has not seen');
  await keepTrendBookOf(now, await openTrendBook(paths, { settings, now }), paths);
  const keptAt = (await stat(today)).mtimeMs;
  await answers('kept by whoever judged');
  t.equal((await stat(today)).mtimeMs, keptAt);
  await answers('another day', new Date('2026-06-03T00:00:00.000Z'));
  await answers('other settings', now, trendSettings({ trends: { window: 30, minSamples: 6, drop: 0.02 } }));
  await answers('the first again');
  await writeFile(today, (await readFile(today, 'utf8')).slice(0, 1000));
  await answers('broken');
  const reset = { at: '2026-05-31T00:00:00.000Z', reason: 'a new driver', series: { test_id: 'b' } };
  await appendFile(paths.baselineResets, `${JSON.stringify(reset)}\n`);
  await answers('a reset');
  await resetBaseline(await openTrendBook(paths, { settings, now }), paths, { ...reset, kind: 'not_a_regression' });
  await answers('a dismissal');
  await truncate(paths.chronicle, 3000);
  await answers('a chronicle that was cut');
  await writeFile(paths.chronicle, '');
  await answers('an empty one');
  await writeFile(paths.trendBook, 'lost');
  await answers('a broken book');
});
