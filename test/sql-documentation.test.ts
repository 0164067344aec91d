/** Every example of docs/sql.md is run on a generated chronicle, and says what the rows say. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { ChronicleRow } from '../src/chronicle/row.js';
import { median, medianAbsoluteDeviation } from '../src/trends/statistics/median.js';
import { duckDbConnection, skipWithoutDuckDb } from './fixtures/duckdb.js';
import { historyRuns } from './fixtures/history.js';

const skip = skipWithoutDuckDb();

const text = await readFile('docs/sql.md', 'utf8');

/** The statement under a heading; that of the view has none. */
function example(heading: string): string {
  const section = heading === '' ? text : (text.split(`## ${heading}\n`)[1] ?? '');
  const statement = /```sql\n(.*?)```/s.exec(section)?.[1];
  if (statement === undefined) throw new Error(`expected SQL under "${heading}"`);
  return statement;
}

const plan = { days: 60, cv: 0.02, tests: ['baseline_short', 'long_gen'] };
const driver = { day: 30, ratios: { decode_speed: 0.88 }, fields: { gpu_driver: '560.35.03' } } as const;
const rows = [
  ...historyRuns({ ...plan, seed: 1, steps: [driver] }).flat(),
  ...historyRuns({ ...plan, seed: 2, fields: { target: 'other', joules_per_token: null } }).flat(),
].map((row, index): ChronicleRow => ({ ...row, throttled_ratio: index % 10 === 0 ? 0.3 : 0.01 }));

function lines(of: readonly object[]): string {
  return of.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** A rotated chronicle, older rows without a column, and a line that a crash has torn. */
async function database(t: Test) {
  const folder = t.testdir({});
  await mkdir(join(folder, 'data'));
  const older = rows.slice(0, 100).map(({ cpu_cores_phys, ...row }) => row);
  await writeFile(join(folder, 'data', 'chronicle-0001.jsonl'), lines(older));
  await writeFile(join(folder, 'data', 'chronicle.jsonl'), `${lines(rows.slice(100))}{"run_at":"2026-`);
  const connection = await duckDbConnection();
  t.teardown(() => connection.closeSync());
  const run = async (statement: string): Promise<Record<string, unknown>[]> => {
    const here = statement
      .replace("'data/chronicle", `'${join(folder, 'data', 'chronicle')}`)
      .replace("'chronicle.parquet'", `'${join(folder, 'chronicle.parquet')}'`);
    const reader = await connection.runAndReadAll(here);
    return reader.getRowObjectsJS().map((row) => {
      const plain = Object.entries(row).map(([name, value]) => [
        name,
        typeof value === 'bigint' ? Number(value) : value,
      ]);
      return Object.fromEntries(plain) as Record<string, unknown>;
    });
  };
  await run("SET TimeZone = 'UTC'");
  await run(example(''));
  return { folder, run };
}

function round(value: number | undefined, digits: number): number {
  return Number((value ?? Number.NaN).toFixed(digits));
}

const speeds = (of: readonly ChronicleRow[]) => of.flatMap(({ avg_tps }) => avg_tps ?? []);
const inTest = (test_id: string, target?: string) =>
  rows.filter((row) => row.test_id === test_id && (target ?? row.target) === row.target);

t.test('every example of the page is run here', async (t) => {
  const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  t.same(headings, [
    'Every series: how often it was measured, and its median speed',
    'Before and after a driver',
    'Speed a month',
    'What a million tokens cost',
    'Runs in which heat or power held the clocks down',
    'As a table for other tools',
  ]);
  t.equal(text.match(/```sql/g)?.length, headings.length + 1);
});

t.test('the view holds every whole row of every file, with times', { skip }, async (t) => {
  const { run } = await database(t);
  const [counted] = await run(
    'SELECT count(*) AS n, count(cpu_cores_phys) AS cores, min(run_at) AS first FROM chronicle',
  );
  t.equal(counted?.['n'], rows.length);
  t.equal(counted?.['cores'], rows.length - 100);
  t.same(counted?.['first'], new Date('2026-01-01T00:17:00.000Z'));
});

t.test('every series with its median', { skip }, async (t) => {
  const { run } = await database(t);
  const found = await run(example('Every series: how often it was measured, and its median speed'));
  const expected = ['other', 'workstation'].flatMap((target) =>
    plan.tests.map((test_id) => {
      const of = inTest(test_id, target);
      return {
        target,
        model: of[0]?.model,
        test_id,
        workload_version: 1,
        runs: of.length,
        median_tps: round(median(speeds(of)), 1),
        mad_tps: round(medianAbsoluteDeviation(speeds(of)), 2),
        last_run: new Date(of.at(-1)?.run_at ?? ''),
      };
    }),
  );
  t.same(found, expected);
});

t.test('before and after a driver', { skip }, async (t) => {
  const { run } = await database(t);
  const found = await run(example('Before and after a driver'));
  const after = found.filter(({ gpu_driver }) => gpu_driver === '560.35.03');
  t.equal(after.length, plan.tests.length);
  for (const { test_id, runs, median_tps, change_pct } of after) {
    const own = inTest(String(test_id), 'workstation');
    const [old, now] = ['550.54.14', '560.35.03'].map((name) => own.filter(({ gpu_driver }) => gpu_driver === name));
    const [was, is] = [median(speeds(old ?? [])) ?? 0, median(speeds(now ?? [])) ?? 0];
    t.equal(runs, now?.length);
    t.equal(median_tps, round(is, 1));
    t.equal(change_pct, round(100 * (is / was - 1), 1));
  }
});

t.test('speed a month', { skip }, async (t) => {
  const { run } = await database(t);
  const found = await run(example('Speed a month'));
  t.equal(found.length, 3 * plan.tests.length, 'three months');
  for (const { month, test_id, median_tps } of found) {
    const name = (month as Date).toISOString().slice(0, 7);
    const own = inTest(String(test_id)).filter(({ run_at }) => run_at.startsWith(name));
    t.equal(median_tps, round(median(speeds(own)), 1), `${name} ${test_id}`);
  }
});

t.test('what a million tokens cost', { skip }, async (t) => {
  const { run } = await database(t);
  const found = await run(example('What a million tokens cost'));
  t.same(
    found.map(({ test_id }) => test_id),
    plan.tests,
  );
  for (const { test_id, joules_per_token, price_per_million_tokens } of found) {
    const joules = median(inTest(String(test_id)).flatMap((row) => row.joules_per_token ?? [])) ?? 0;
    t.equal(joules_per_token, round(joules, 2));
    t.equal(price_per_million_tokens, round((joules * 1e6 * 0.3) / 3.6e6, 2));
  }
});

t.test('throttled runs, the newest first', { skip }, async (t) => {
  const { run } = await database(t);
  const found = await run(example('Runs in which heat or power held the clocks down'));
  const throttled = rows.filter(({ throttled_ratio }) => (throttled_ratio ?? 0) > 0.05);
  const newest = throttled
    .map(({ run_at }) => run_at)
    .toSorted()
    .reverse()
    .slice(0, 20);
  t.same(
    found.map(({ run_at }) => (run_at as Date).toISOString()),
    newest,
  );
  t.ok(found.every(({ throttled_pct }) => throttled_pct === 30));
});

t.test('as a table for other tools', { skip }, async (t) => {
  const { folder, run } = await database(t);
  await run(example('As a table for other tools'));
  const file = join(folder, 'chronicle.parquet');
  t.ok((await stat(file)).size > 0);
  const [counted] = await run(`SELECT count(*) AS n FROM '${file}'`);
  t.equal(counted?.['n'], rows.length);
});
