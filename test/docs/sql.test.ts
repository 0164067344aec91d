import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import t, { type Test } from 'tap';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { rotateChronicle } from '../../src/chronicle/rotation.js';
import { storagePaths } from '../../src/chronicle/storage.js';
import { historyRow, historyRuns } from '../fixtures/history.js';

const documented = [...(await readFile('docs/sql.md', 'utf8')).matchAll(/^```sql\n(.*?)^```$/gms)].map(
  ([, sql = '']) => sql,
);
const queryWith = (words: string) => documented.find((sql) => sql.includes(words)) ?? '';

/** A year with a driver change in a rotated chronicle, an old row without newer columns, and a torn line. */
async function database(t: Test) {
  const paths = storagePaths(t.testdir({}));
  const step = { day: 200, ratios: { decode_speed: 0.88 }, fields: { gpu_driver: '560.35.03' } };
  const runs = historyRuns({ seed: 5, days: 365, cv: 0.01, steps: [step] }).flat();
  await appendRows(paths.chronicle, runs.slice(0, 700));
  await rotateChronicle(paths, { fromBytes: 1 });
  await appendRows(paths.chronicle, runs.slice(700));
  const { throttled_ratio, joules_per_token, ...old } = historyRow({ test_id: 'long_gen', avg_tps: 80 });
  await appendFile(paths.chronicle, `${JSON.stringify(old)}\n{"run_at":"2026-01-0`);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  t.teardown(() => {
    connection.closeSync();
    instance.closeSync();
  });
  const ask = async (sql: string) => {
    const own = sql
      .replaceAll("'data/", `'${paths.root}/`)
      .replace("'chronicle.parquet'", `'${paths.root}/out.parquet'`);
    return (await connection.runAndReadAll(own)).getRowObjectsJson();
  };
  await ask(queryWith('CREATE OR REPLACE VIEW'));
  return { ask, paths, runs };
}

t.test('every documented query runs on a rotated chronicle with a torn line', async (t) => {
  const { ask, paths } = await database(t);
  t.ok(documented.length >= 6);
  for (const sql of documented) await t.resolves(ask(sql), sql.slice(0, 60));
  t.ok((await stat(join(paths.root, 'out.parquet'))).size > 1000);
});

t.test('the chronicle reads as one table, whole rows alone', async (t) => {
  const { ask, runs } = await database(t);
  t.same(
    await ask('SELECT count(*) AS rows, typeof(any_value(run_at)) AS type FROM chronicle WHERE run_id IS NOT NULL'),
    [{ rows: String(runs.length + 1), type: 'TIMESTAMP WITH TIME ZONE' }],
  );
});

t.test('the documented comparison finds the slower driver', async (t) => {
  const { ask } = await database(t);
  const rows = (await ask(queryWith('change_pct'))).filter(({ test_id }) => test_id === 'baseline_short');
  t.same(
    rows.map(({ gpu_driver }) => gpu_driver),
    ['550.54.14', '560.35.03'],
  );
  t.equal(rows[0]?.['change_pct'], 0);
  t.ok(Math.abs(Number(rows[1]?.['change_pct']) + 12) < 1);
});
