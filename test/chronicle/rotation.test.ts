import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { chronicleFiles, readWholeChronicle, readWholeTail, rotateChronicle } from '../../src/chronicle/rotation.js';
import { storagePaths } from '../../src/chronicle/storage.js';
import { historyRow } from '../fixtures/history.js';

function storage(t: Test, files: Readonly<Record<string, string>> = {}) {
  return storagePaths(t.testdir(files));
}

const rowOf = (run_id: string) => historyRow({ run_id });
const append = (path: string, ...ids: string[]) => appendRows(path, ids.map(rowOf));

async function idsOf(rows: AsyncIterable<{ run_id: string }>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { run_id } of rows) ids.push(run_id);
  return ids;
}

t.test('a rotated chronicle reads as one, in the order of its files', async (t) => {
  const paths = storage(t);
  await append(paths.chronicle, 'a', 'b');
  t.equal(await rotateChronicle(paths, { fromBytes: 1 }), join(paths.root, 'chronicle-0001.jsonl'));
  await append(paths.chronicle, 'c');
  t.equal(await rotateChronicle(paths, { fromBytes: 1 }), join(paths.root, 'chronicle-0002.jsonl'));
  await append(paths.chronicle, 'd');
  t.same(await idsOf(readWholeChronicle(paths)), ['a', 'b', 'c', 'd']);
  const { rows, complete, report } = await readWholeTail(paths, { rows: 3 });
  t.same([rows.map(({ run_id }) => run_id), complete, report.rows], [['b', 'c', 'd'], false, 3]);
  t.equal((await readWholeTail(paths, { rows: 4 })).complete, true);
});

t.test('the tenth thousandth file still comes last', async (t) => {
  const line = (id: string) => `${JSON.stringify(rowOf(id))}\n`;
  const paths = storage(t, { 'chronicle-10000.jsonl': line('b'), 'chronicle-9999.jsonl': line('a') });
  t.same(await idsOf(readWholeChronicle(paths)), ['a', 'b']);
  await append(paths.chronicle, 'c');
  t.equal(await rotateChronicle(paths, { fromBytes: 1 }), join(paths.root, 'chronicle-10001.jsonl'));
});

t.test('a short, an empty and a missing chronicle are left alone', async (t) => {
  const paths = storage(t);
  t.equal(await rotateChronicle(paths, { fromBytes: 0 }), undefined);
  await writeFile(paths.chronicle, '');
  t.equal(await rotateChronicle(paths, { fromBytes: 0 }), undefined);
  await append(paths.chronicle, 'a');
  t.equal(await rotateChronicle(paths, { fromBytes: 1e6 }), undefined);
  t.same(await readdir(paths.root), ['chronicle.jsonl']);
});

t.test('files of other names are no part of it', async (t) => {
  const paths = storage(t, { 'chronicle-1.jsonl': 'x', 'chronicle-0001.jsonl.bak': 'x', 'other-0001.jsonl': 'x' });
  t.same(await chronicleFiles(paths), [paths.chronicle]);
  t.same(await chronicleFiles(storagePaths(join(paths.root, 'missing'))), [
    join(paths.root, 'missing/chronicle.jsonl'),
  ]);
});

t.test('two that rotate at once lose nothing', async (t) => {
  const paths = storage(t);
  await append(paths.chronicle, 'a');
  const outcomes = await Promise.allSettled([
    rotateChronicle(paths, { fromBytes: 1 }),
    rotateChronicle(paths, { fromBytes: 1 }),
  ]);
  t.ok(outcomes.some(({ status }) => status === 'fulfilled'));
  t.same(await idsOf(readWholeChronicle(paths)), ['a']);
});

t.test('what was passed over is reported over all files', async (t) => {
  const paths = storage(t);
  await append(paths.chronicle, 'a');
  await appendFile(paths.chronicle, '{"torn":');
  await rotateChronicle(paths, { fromBytes: 1 });
  await writeFile(paths.chronicle, 'junk\n');
  const reading = readWholeChronicle(paths);
  t.same(await idsOf(reading), ['a']);
  t.match(reading.report(), { rows: 1, skipped: 2, skippedBy: { torn: 1, not_json: 1 } });
  t.match((await readWholeTail(paths, { rows: 9 })).report, { rows: 1, skipped: 2 });
  t.match(await readFile(join(paths.root, 'chronicle-0001.jsonl'), 'utf8'), /\{"torn":$/);
});
