import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type KeptFor, keepTrends, readKeptTrends } from '../../src/judging/trend-keeping.js';
import { TrendBook } from '../../src/trends/trend-book.js';
import { historyRuns } from '../fixtures/history.js';

const now = new Date('2026-06-01T10:00:00.000Z');
const settings = { options: { window: 20, minSamples: 5, drop: 0.1 }, isReferenceModel: () => false };
const book = new TrendBook(settings);
book.catchUp(historyRuns({ seed: 2, days: 60, cv: 0.02 }).flat(), now);
const said = { resets: [], trends: book.trends(now) };

function place(t: Test): KeptFor {
  return { trendBook: join(t.testdir({}), 'trends.json'), text: JSON.stringify(book.snapshot()), settings, now };
}

t.test('is read for the same book, day and settings, and for no other', async (t) => {
  const kept = place(t);
  t.equal(await readKeptTrends(kept), undefined, 'nothing is kept yet');
  await keepTrends(said, kept);
  t.match(await readKeptTrends({ ...kept, now: new Date('2026-06-01T23:59:59.999Z') }), said);
  t.equal(await readKeptTrends({ ...kept, now: new Date('2026-06-02T00:00:00.000Z') }), undefined);
  t.equal(await readKeptTrends({ ...kept, text: `${kept.text} ` }), undefined);
  for (const other of [{ window: 21 }, { minSamples: 6 }, { drop: 0.2 }]) {
    const options = { ...settings.options, ...other };
    t.equal(await readKeptTrends({ ...kept, settings: { ...settings, options } }), undefined, JSON.stringify(other));
  }
});

t.test('what is broken counts as not kept', async (t) => {
  const kept = place(t);
  await keepTrends(said, kept);
  const [name = ''] = readdirSync(t.testdirName);
  const path = join(t.testdirName, name);
  const whole = readFileSync(path, 'utf8');
  for (const text of ['', 'lost', whole.slice(0, -100), whole.replace('"trends":[', '"trends":[7,')]) {
    writeFileSync(path, text);
    t.equal(await readKeptTrends(kept), undefined, text.slice(0, 20));
  }
});

t.test('numbers that JSON cannot tell are not kept', async (t) => {
  const kept = place(t);
  const [first, ...rest] = said.trends;
  if (first === undefined) throw new Error('expected a trend');
  for (const runs of [Number.NaN, Number.POSITIVE_INFINITY, -0]) {
    await keepTrends({ ...said, trends: [{ ...first, runs }, ...rest] }, kept);
    t.equal(await readKeptTrends(kept), undefined, String(runs));
  }
});

t.test('where nothing can be written nothing is left behind', async (t) => {
  const kept = place(t);
  await keepTrends(said, { ...kept, trendBook: join(t.testdirName, 'no', 'folder', 'trends.json') });
  t.notOk(existsSync(join(t.testdirName, 'no')));
});
