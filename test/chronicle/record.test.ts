import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { readChronicle } from '../../src/chronicle/chronicle-reader.js';
import { recordResult } from '../../src/chronicle/record.js';
import { rowsOf } from '../../src/chronicle/row.js';
import { listRunIds, readLastRun, readRun } from '../../src/chronicle/run-folder.js';
import { checkStorage, type StoragePaths, storagePaths } from '../../src/chronicle/storage.js';
import { benchmarkResult, failedTestResult, testResult } from '../fixtures/benchmark-result.js';
import { failingFileSystem, systemError } from '../fixtures/failing-file-system.js';
import { onSmallDisk } from '../fixtures/small-disk.js';

async function storage(root: string): Promise<StoragePaths> {
  const paths = storagePaths(root);
  await checkStorage(paths, { minFreeBytes: 0 });
  return paths;
}

/** Every file below the storage path with its content. */
async function contentsOf(paths: StoragePaths): Promise<Record<string, string>> {
  const entries = await readdir(paths.root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const contents: Record<string, string> = {};
  for (const file of files.sort()) contents[file.slice(paths.root.length + 1)] = await readFile(file, 'utf8');
  return contents;
}

const earlier = benchmarkResult({ run_id: '2026-11-21_08-00-00.000_00000001', job_id: '00000001' });
const result = benchmarkResult({
  benchmarks: [testResult(), failedTestResult({ test_id: 'long_gen' }), testResult({ test_id: 'ctx_sweep_2048' })],
});
const asJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
const asLines = (of: typeof result) =>
  rowsOf(of)
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('');

t.test('a result is in three places, in the same words', async (t) => {
  const paths = await storage(t.testdir());
  t.same(await recordResult(result, paths), {
    result,
    runFolder: join(paths.runs, result.run_id),
    rows: 2,
    tornLineBefore: false,
  });
  t.same(await contentsOf(paths), {
    'chronicle.jsonl': asLines(result),
    'last_run.json': asJson(result),
    [`runs/${result.run_id}/result.json`]: asJson(result),
  });
});

t.test('a later result replaces the last run and is added to the rest', async (t) => {
  const paths = await storage(t.testdir());
  await recordResult(earlier, paths);
  await recordResult(result, paths);
  t.same(await contentsOf(paths), {
    'chronicle.jsonl': asLines(earlier) + asLines(result),
    'last_run.json': asJson(result),
    [`runs/${earlier.run_id}/result.json`]: asJson(earlier),
    [`runs/${result.run_id}/result.json`]: asJson(result),
  });
});

t.test('the same id again: all three places have the later id', async (t) => {
  const paths = await storage(t.testdir());
  await recordResult(result, paths);
  const recorded = await recordResult({ ...result, model: 'other' }, paths);
  const moved = { ...result, model: 'other', run_id: '2026-11-21_14-30-45.124_a3f1c820' };
  t.same(recorded.result, moved);
  const contents = await contentsOf(paths);
  t.equal(contents['last_run.json'], asJson(moved));
  t.equal(contents['chronicle.jsonl'], asLines(result) + asLines(moved));
  t.same(await readRun(moved.run_id, paths), moved);
});

t.test('results of several jobs at the same time are all recorded whole', async (t) => {
  const paths = await storage(t.testdir());
  const all = Array.from({ length: 8 }, (_, index) => ({
    ...result,
    run_id: result.run_id.replace('820', `82${index}`),
  }));
  await Promise.all(all.map((each) => recordResult(each, paths)));
  const contents = await contentsOf(paths);
  t.equal(Object.keys(contents).length, 8 + 2);
  for (const each of all) t.ok(contents['chronicle.jsonl']?.includes(asLines(each)));
  t.ok(all.map(asJson).includes(contents['last_run.json'] ?? ''));
});

t.test('a chronicle that a crash tore is told of', async (t) => {
  const paths = await storage(t.testdir({ 'chronicle.jsonl': '{"run_at":' }));
  t.match(await recordResult(result, paths), { rows: 2, tornLineBefore: true });
  t.equal((await contentsOf(paths))['chronicle.jsonl'], `{"run_at":\n${asLines(result)}`);
});

t.test('the order: the folder, then the rows, then the last run', async (t) => {
  const paths = await storage(t.testdir());
  const seen: string[] = [];
  const fs = failingFileSystem((operation, path) => {
    const name = path.slice(paths.root.length + 1);
    const isStep = operation === 'rename' || (operation === 'write' && path === paths.chronicle);
    if (isStep) seen.push(`${operation} ${name}`);
    return undefined;
  });
  await recordResult(result, paths, fs);
  t.same(seen, [`rename runs/${result.run_id}`, 'write chronicle.jsonl', 'rename last_run.json']);
});

/** How many operations recording `result` after `earlier` takes. */
async function countOperations(root: string): Promise<number> {
  const paths = await storage(root);
  await recordResult(earlier, paths);
  let operations = 0;
  const counting = failingFileSystem(() => {
    operations += 1;
    return undefined;
  });
  await recordResult(result, paths, counting);
  return operations;
}

t.test('whichever single operation fails, everything is as it was before', async (t) => {
  const operations = await countOperations(t.testdir());
  let failures = 0;
  for (let failing = 1; failing <= operations; failing += 1) {
    const paths = await storage(t.testdir());
    await recordResult(earlier, paths);
    const before = await contentsOf(paths);
    let operation = 0;
    let name = '';
    const fs = failingFileSystem((what, path) => {
      operation += 1;
      if (operation !== failing) return undefined;
      name = `${what} ${path.slice(paths.root.length)}`;
      return systemError('ENOSPC');
    });
    const outcome = await recordResult(result, paths, fs).catch((error: unknown) => error);
    if (outcome instanceof Error) {
      failures += 1;
      t.match(outcome, { name: 'StorageError', code: 'disk_full' }, name);
      t.same(await contentsOf(paths), before, name);
    } else {
      // Only the fsync of a folder may fail without harm: the names are in place.
      t.match(name, /^(open|sync) (\/runs(\/[^/]+)?)?$/, name);
      t.equal(Object.keys(await contentsOf(paths)).length, 4, name);
    }
    t.same(
      (await readdir(paths.root, { recursive: true })).filter((entry) => entry.includes('.tmp')),
      [],
      name,
    );
  }
  t.ok(failures >= 8, `${failures} of ${operations} operations matter`);
});

t.test('a crash at any point leaves nothing that refers to what is not there', async (t) => {
  const operations = await countOperations(t.testdir());
  const states = new Set<string>();
  for (let last = 1; last <= operations; last += 1) {
    const paths = await storage(t.testdir());
    await recordResult(earlier, paths);
    let operation = 0;
    // From one operation on nothing is done any more, the cleaning up neither.
    const fs = failingFileSystem(() => {
      operation += 1;
      return operation >= last ? systemError('EIO') : undefined;
    });
    await recordResult(result, paths, fs).catch(() => undefined);

    const ids = await listRunIds(paths);
    for (const id of ids) t.equal((await readRun(id, paths)).run_id, id, 'a run that is there is whole');
    const lastRun = await readLastRun(paths);
    t.ok(ids.includes(lastRun?.run_id ?? ''), 'the last run has its folder');
    const reading = readChronicle(paths.chronicle);
    const rows: string[] = [];
    for await (const row of reading) rows.push(row.run_id);
    for (const id of rows) t.ok(ids.includes(id), 'a row has its folder');
    t.ok(rows.includes(lastRun?.run_id ?? ''), 'the last run has its rows');
    t.ok(reading.report().skipped <= 1, 'at most the last line is torn');
    states.add(`${ids.length} ${rows.length} ${lastRun?.job_id}`);
  }
  t.same([...states].sort(), ['1 1 00000001', '2 1 00000001', '2 2 00000001', '2 3 00000001', '2 3 a3f1c820']);
});

t.test('a real disk that fills up, with whatever room it has', async (t) => {
  const folder = join(t.testdir({ disk: {} }), 'disk');
  const big = benchmarkResult({
    benchmarks: Array.from({ length: 12 }, (_, n) => testResult({ test_id: `test_${n}` })),
  });
  const refused = await onSmallDisk(folder, 768, async () => {
    const paths = await storage(join(folder, 'data'));
    await recordResult(earlier, paths);
    const before = await contentsOf(paths);
    let [recorded, full] = [0, 0];
    for (let kilobytes = 740; kilobytes > 400; kilobytes -= 4) {
      const filler = join(folder, 'filler');
      const isFilled = await writeFile(filler, 'x'.repeat(kilobytes * 1024)).then(
        () => true,
        () => false,
      );
      if (!isFilled) continue;
      const outcome = await recordResult(big, paths).catch((error: unknown) => error);
      if (!(outcome instanceof Error)) {
        recorded += 1;
        break;
      }
      full += 1;
      t.match(outcome, { code: 'disk_full', cause: { code: 'ENOSPC' } });
      t.same(await contentsOf(paths), before, `${kilobytes} KiB of filler`);
    }
    t.ok(full > 3, `${full} times too little room`);
    t.equal(recorded, 1, 'and at last enough');
  });
  if (refused !== undefined) t.pass('not mounted', { skip: refused });
});

t.test('a disk that goes read-only leaves the former files', async (t) => {
  const folder = join(t.testdir({ disk: {} }), 'disk');
  const refused = await onSmallDisk(folder, 1024, async (disk) => {
    const paths = await storage(folder);
    await recordResult(earlier, paths);
    const before = await contentsOf(paths);
    disk.remountReadOnly();
    await t.rejects(recordResult(result, paths), { code: 'not_writable', cause: { code: 'EROFS' } });
    t.same(await contentsOf(paths), before);
  });
  if (refused !== undefined) t.pass('not mounted', { skip: refused });
});
