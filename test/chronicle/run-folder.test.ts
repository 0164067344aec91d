import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { listRunIds, readLastRun, readRun, writeRunFolder } from '../../src/chronicle/run-folder.js';
import { runIdOf } from '../../src/chronicle/run-id.js';
import { checkStorage, type StoragePaths, storagePaths } from '../../src/chronicle/storage.js';
import { benchmarkResult } from '../fixtures/benchmark-result.js';
import { failingFileSystem, systemError } from '../fixtures/failing-file-system.js';

async function storage(root: string): Promise<StoragePaths> {
  const paths = storagePaths(root);
  await checkStorage(paths);
  return paths;
}

t.test('a run has a folder of its own, and is read back as it was', async (t) => {
  const paths = await storage(t.testdir());
  const result = benchmarkResult();
  const folder = await writeRunFolder(result, paths);
  t.equal(folder.path, join(paths.runs, '2026-11-21_14-30-45.123_a3f1c820'));
  t.same(await readdir(folder.path), ['result.json']);
  t.same(JSON.parse(await readFile(join(folder.path, 'result.json'), 'utf8')), result);
  t.same(folder.result, result);
  t.same(await readRun(result.run_id, paths), result);
});

t.test('runs of two jobs in one millisecond do not meet; of one job the later takes the next one', async (t) => {
  const paths = await storage(t.testdir());
  const ids = ['a3f1c820', 'b0b1b2b3', 'a3f1c820', 'a3f1c820'].map((id) =>
    runIdOf(new Date('2026-11-21T14:30:59.999Z'), id),
  );
  for (const [index, run_id] of ids.entries()) {
    await writeRunFolder(benchmarkResult({ run_id, model: `model ${index}` }), paths);
  }
  t.same(await listRunIds(paths), [
    '2026-11-21_14-31-00.001_a3f1c820',
    '2026-11-21_14-31-00.000_a3f1c820',
    '2026-11-21_14-30-59.999_b0b1b2b3',
    '2026-11-21_14-30-59.999_a3f1c820',
  ]);
  const models = await Promise.all((await listRunIds(paths)).map(async (id) => (await readRun(id, paths)).model));
  t.same(models, ['model 3', 'model 2', 'model 1', 'model 0'], 'none was written over');
  for (const id of await listRunIds(paths)) t.equal((await readRun(id, paths)).run_id, id, 'and each knows its id');
});

t.test('ten at the same moment, with the same id, all find a place', async (t) => {
  const paths = await storage(t.testdir());
  const folders = await Promise.all(Array.from({ length: 10 }, () => writeRunFolder(benchmarkResult(), paths)));
  t.equal(new Set(folders.map((folder) => folder.path)).size, 10);
  t.equal((await readdir(paths.runs)).length, 10, 'and nothing else is left there');
});

t.test('a folder that another made in between is not touched', async (t) => {
  const paths = await storage(t.testdir());
  const result = benchmarkResult();
  const taken = join(paths.runs, result.run_id);
  // After it was looked for and before the rename: the rename has to notice.
  const fs = failingFileSystem(() => undefined);
  const folder = await writeRunFolder(result, paths, {
    ...fs,
    async rename(from, to) {
      if (to === taken) {
        await mkdir(taken);
        await writeFile(join(taken, 'result.json'), 'theirs');
      }
      return fs.rename(from, to);
    },
  });
  t.equal(await readFile(join(taken, 'result.json'), 'utf8'), 'theirs');
  t.equal(folder.result.run_id, '2026-11-21_14-30-45.124_a3f1c820');
  t.same((await readdir(paths.runs)).sort(), [result.run_id, folder.result.run_id]);
});

t.test('at whatever step it fails, no folder is left', async (t) => {
  for (const step of ['mkdir', 'open', 'writeFile', 'sync', 'rename']) {
    const paths = await storage(t.testdir());
    let failed = false;
    const fs = failingFileSystem((operation) => {
      if (operation !== step || failed) return undefined;
      failed = true;
      return systemError('ENOSPC');
    });
    await t.rejects(writeRunFolder(benchmarkResult(), paths, fs), { code: 'disk_full' }, step);
    t.same(await readdir(paths.runs), [], step);
  }
});

t.test('a removed run is gone whole', async (t) => {
  const paths = await storage(t.testdir());
  const folder = await writeRunFolder(benchmarkResult(), paths);
  await folder.remove();
  t.same(await readdir(paths.runs), []);
  await t.rejects(folder.remove(), { code: 'not_found' });
});

t.test('the list is newest first and holds runs only', async (t) => {
  const paths = await storage(t.testdir());
  t.same(await listRunIds(paths), []);
  const ids = [
    '2025-01-01_00-00-00.000_00000001',
    '2026-01-01_00-00-00.000_00000002',
    '2026-01-01_00-00-00.001_00000000',
  ];
  for (const run_id of ids) await writeRunFolder(benchmarkResult({ run_id }), paths);
  for (const other of ['.tmp-1-00000000-1-x', 'notes', '.DS_Store']) await mkdir(join(paths.runs, other));
  t.same(await listRunIds(paths), ids.reverse());
  t.same(await listRunIds(storagePaths(join(paths.root, 'none'))), []);
  await writeFile(join(paths.root, 'file'), '');
  await t.rejects(listRunIds(storagePaths(join(paths.root, 'file'))), { code: 'not_a_directory' });
});

t.test('an id that is none never becomes a path', async (t) => {
  const paths = await storage(t.testdir());
  for (const id of ['..', '../..', '', 'x'.repeat(10_000), '2026-11-21_14-30-45.123_a3f1c820/..']) {
    const reading = readRun(id, paths);
    await t.rejects(reading, { code: 'not_found', message: /is no run id: expected a UTC time/ });
    await reading.catch((error: Error) => t.ok(error.message.length < 300));
    await t.rejects(writeRunFolder(benchmarkResult({ run_id: id }), paths), { code: 'not_found' });
  }
});

t.test('a run that is not there and one that is damaged are told apart', async (t) => {
  const paths = await storage(t.testdir());
  const id = '2026-11-21_14-30-45.123_a3f1c820';
  await t.rejects(readRun(id, paths), { code: 'not_found', path: join(paths.runs, id, 'result.json') });
  await mkdir(join(paths.runs, id));
  for (const content of ['', '{"run_id":', '{}', 'null']) {
    await writeFile(join(paths.runs, id, 'result.json'), content);
    await t.rejects(readRun(id, paths), { code: 'corrupt' }, JSON.stringify(content));
  }
});

t.test('the last run is none before the first, and an error where it is damaged', async (t) => {
  const paths = await storage(t.testdir());
  t.equal(await readLastRun(paths), undefined);
  await writeFile(paths.lastRun, JSON.stringify(benchmarkResult()));
  t.same(await readLastRun(paths), benchmarkResult());
  await writeFile(paths.lastRun, '{"run_id"');
  await t.rejects(readLastRun(paths), { code: 'corrupt', path: paths.lastRun });
});
