import { appendFile, readdir, readFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { compactChronicle } from '../../src/chronicle/compaction.js';
import { chronicleFiles, readWholeChronicle, rotateChronicle } from '../../src/chronicle/rotation.js';
import type { ChronicleRow } from '../../src/chronicle/row.js';
import { type StoragePaths, storagePaths } from '../../src/chronicle/storage.js';
import { historyRow } from '../fixtures/history.js';

/** Four runs a day with two tests each; the speeds of a day are 1 to 4. */
function rowsOfDay(day: string): ChronicleRow[] {
  return [0, 6, 12, 18].flatMap((hour, index) =>
    ['baseline_short', 'long_gen'].map((test_id) => {
      const time = String(hour).padStart(2, '0');
      const run_id = `${day}_${time}-00-00.000_a3f1c820`;
      return historyRow({ run_id, run_at: `${day}T${time}:00:00.000Z`, test_id, avg_tps: index + 1 });
    }),
  );
}

async function chronicleOf(t: Test, ...days: string[]): Promise<StoragePaths> {
  const paths = storagePaths(t.testdir({}));
  await appendRows(paths.chronicle, days.flatMap(rowsOfDay));
  return paths;
}

async function rowsIn(paths: StoragePaths): Promise<ChronicleRow[]> {
  const rows: ChronicleRow[] = [];
  for await (const row of readWholeChronicle(paths)) rows.push(row);
  return rows;
}

t.test('a chronicle without anything to drop is not touched', async (t) => {
  const paths = await chronicleOf(t, '2026-01-01');
  const text = await readFile(paths.chronicle, 'utf8');
  t.match(await compactChronicle(paths), { rowsBefore: 8, rowsAfter: 8, duplicates: 0, thinned: 0, unreadable: 0 });
  t.same(await chronicleFiles(paths), [paths.chronicle]);
  t.equal(await readFile(paths.chronicle, 'utf8'), text);
});

t.test('drops rows written twice and torn lines, and nothing that another version may have written', async (t) => {
  const paths = await chronicleOf(t, '2026-01-01');
  await appendFile(paths.chronicle, '{"torn": \n{"version":9,"rows":[]}\n\n');
  const newer = { ...historyRow({ run_id: 'x' }), added_later: { kept: true } };
  await appendRows(paths.chronicle, [...rowsOfDay('2026-01-01').slice(0, 3), newer]);
  const outcome = await compactChronicle(paths);
  t.match(outcome, { rowsBefore: 12, rowsAfter: 9, duplicates: 3, thinned: 0 });
  const text = (
    await Promise.all((await chronicleFiles(paths)).slice(0, -1).map((file) => readFile(file, 'utf8')))
  ).join('');
  t.equal(text.length, outcome.bytesAfter);
  t.match(text, '{"version":9,"rows":[]}\n');
  t.notMatch(text, 'torn');
  t.same((await rowsIn(paths)).at(-1), newer);
});

t.test('of old days one row a series stays: that of the median speed, as it was', async (t) => {
  const paths = await chronicleOf(t, '2026-01-01', '2026-01-02', '2026-03-01');
  const before = await rowsIn(paths);
  const outcome = await compactChronicle(paths, { thinBefore: new Date('2026-02-01T00:00:00Z') });
  t.match(outcome, { rowsBefore: 24, rowsAfter: 12, thinned: 12 });
  const after = await rowsIn(paths);
  t.same(
    after,
    before.filter(({ run_at, avg_tps }) => run_at > '2026-02' || avg_tps === 2),
  );
  t.match(await compactChronicle(paths, { thinBefore: new Date('2026-02-01T00:00:00Z') }), { thinned: 0 }, 'only once');
});

t.test('a dry run counts and writes nothing', async (t) => {
  const paths = await chronicleOf(t, '2026-01-01');
  const text = await readFile(paths.chronicle, 'utf8');
  const options = { thinBefore: new Date('2027-01-01T00:00:00Z'), dryRun: true };
  t.match(await compactChronicle(paths, options), { rowsAfter: 2, thinned: 6 });
  t.same(await readdir(paths.root), ['chronicle.jsonl']);
  t.equal(await readFile(paths.chronicle, 'utf8'), text);
});

t.test('every file of a rotated chronicle is compacted, and duplicates are found across them', async (t) => {
  const paths = await chronicleOf(t, '2026-01-01');
  await rotateChronicle(paths, { fromBytes: 1 });
  await appendRows(paths.chronicle, rowsOfDay('2026-01-01'));
  t.match(await compactChronicle(paths), { rowsBefore: 16, rowsAfter: 8, duplicates: 8 });
  t.same(await rowsIn(paths), rowsOfDay('2026-01-01'));
  await appendRows(paths.chronicle, rowsOfDay('2026-01-02'));
  t.equal((await rowsIn(paths)).length, 16, 'runs go on being appended');
});

t.test('leaves nothing half-written behind', async (t) => {
  const paths = await chronicleOf(t, '2026-01-01');
  await appendFile(paths.chronicle, 'junk');
  await compactChronicle(paths);
  t.same(await readdir(paths.root), ['chronicle-0001.jsonl']);
});

t.test('a storage path without a chronicle has nothing to compact', async (t) => {
  t.match(await compactChronicle(storagePaths(t.testdir({}))), { rowsBefore: 0, bytesAfter: 0 });
});
