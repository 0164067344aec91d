import { execFileSync } from 'node:child_process';
import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { diskFileSystem, type FileSystem } from '../../src/chronicle/file-system.js';
import { type ChronicleRow, rowsOf } from '../../src/chronicle/row.js';
import { benchmarkResult, testResult } from '../fixtures/benchmark-result.js';
import { failingFileSystem, systemError } from '../fixtures/failing-file-system.js';
import { onSmallDisk } from '../fixtures/small-disk.js';

/** `count` rows that differ in their test's id. */
function rows(count: number, prefix = 'test'): ChronicleRow[] {
  const benchmarks = Array.from({ length: count }, (_, index) => testResult({ test_id: `${prefix}_${index}` }));
  return rowsOf(benchmarkResult({ benchmarks }));
}

function lines(of: readonly ChronicleRow[]): string {
  return of.map((row) => `${JSON.stringify(row)}\n`).join('');
}

t.test('rows are appended as whole lines, one a row', async (t) => {
  const path = join(t.testdir(), 'chronicle.jsonl');
  const [first, second] = [rows(2, 'a'), rows(1, 'b')];
  t.match(await appendRows(path, first), { rows: 2, tornLineBefore: false });
  t.match(await appendRows(path, second), { rows: 1, tornLineBefore: false });
  t.equal(await readFile(path, 'utf8'), lines([...first, ...second]));
});

t.test('no rows, no file', async (t) => {
  const path = join(t.testdir(), 'chronicle.jsonl');
  const appended = await appendRows(path, []);
  t.equal(appended.rows, 0);
  await appended.undo();
  await t.rejects(stat(path), { code: 'ENOENT' });
});

t.test('all rows go in one write, then an fsync; a new file has its folder fsynced too', async (t) => {
  const folder = t.testdir();
  const path = join(folder, 'chronicle.jsonl');
  const seen: string[] = [];
  const fs = failingFileSystem((operation, at) => {
    seen.push(`${operation} ${at === folder ? 'folder' : 'file'}`);
    return undefined;
  });
  await appendRows(path, rows(20), fs);
  t.same(seen, ['open file', 'write file', 'sync file', 'open folder', 'sync folder']);
  seen.length = 0;
  await appendRows(path, rows(20), fs);
  t.same(seen, ['open file', 'write file', 'sync file']);
});

t.test('after a torn line the rows start a new one, and the torn one stays', async (t) => {
  const path = join(t.testdir({ 'chronicle.jsonl': '{"run_at":"2026-11-2' }), 'chronicle.jsonl');
  t.equal((await appendRows(path, rows(1))).tornLineBefore, true);
  t.equal(await readFile(path, 'utf8'), `{"run_at":"2026-11-2\n${lines(rows(1))}`);
});

t.test('two that append at the same time, ten times over, lose nothing and mix nothing', async (t) => {
  const path = join(t.testdir({ 'chronicle.jsonl': '{"torn' }), 'chronicle.jsonl');
  const batches = Array.from({ length: 20 }, (_, index) => rows(3, `batch${index}`));
  await Promise.all(batches.map((batch) => appendRows(path, batch)));
  const text = await readFile(path, 'utf8');
  t.ok(text.startsWith('{"torn\n'));
  for (const batch of batches) t.ok(text.includes(lines(batch)), 'a batch stands together');
  t.equal(text.split('\n').length, 1 + 60 + 1);
});

t.test('a write that ends early is taken up where it ended', async (t) => {
  const path = join(t.testdir(), 'chronicle.jsonl');
  const batch = rows(4);
  const whole = Buffer.byteLength(lines(batch));
  let writes = 0;
  const short: FileSystem = {
    ...diskFileSystem,
    async open(at, flags, mode) {
      const handle = await diskFileSystem.open(at, flags, mode);
      const write = handle.write.bind(handle);
      handle.write = ((bytes: Buffer, offset: number) => {
        writes += 1;
        return write(bytes, offset, Math.min(1000, bytes.length - offset));
      }) as typeof handle.write;
      return handle;
    },
  };
  await appendRows(path, batch, short);
  t.equal(await readFile(path, 'utf8'), lines(batch));
  t.equal(writes, Math.ceil(whole / 1000));
});

t.test('when the write or the fsync fails, the file is as it was', async (t) => {
  for (const content of ['', lines(rows(1)), '{"torn']) {
    for (const step of ['write', 'sync']) {
      const path = join(t.testdir({ 'chronicle.jsonl': content }), 'chronicle.jsonl');
      let failed = false;
      const fs = failingFileSystem((operation) => {
        if (operation !== step || failed) return undefined;
        failed = true;
        return systemError('ENOSPC');
      });
      await t.rejects(appendRows(path, rows(3), fs), { code: 'disk_full', path }, step);
      t.equal(await readFile(path, 'utf8'), content, `${step} after ${JSON.stringify(content.slice(0, 10))}`);
      await appendRows(path, rows(1));
    }
  }
});

t.test('rows that somebody else appended behind a failed write are not cut off', async (t) => {
  const path = join(t.testdir({ 'chronicle.jsonl': '' }), 'chronicle.jsonl');
  const others = lines(rows(1, 'other'));
  const fs = failingFileSystem((operation) => {
    if (operation !== 'sync') return undefined;
    // Another process, between our write and our fsync.
    execFileSync(process.execPath, ['-e', 'fs.appendFileSync(process.argv[1], process.argv[2])', path, others]);
    return systemError('EIO');
  });
  await t.rejects(appendRows(path, rows(1), fs), { code: 'io_error' });
  t.equal(await readFile(path, 'utf8'), `${lines(rows(1))}${others}`);
});

t.test('undo takes the rows off again, unless others follow', async (t) => {
  const path = join(t.testdir({ 'chronicle.jsonl': '{"torn' }), 'chronicle.jsonl');
  const first = await appendRows(path, rows(1, 'a'));
  await first.undo();
  t.equal(await readFile(path, 'utf8'), '{"torn');
  const second = await appendRows(path, rows(1, 'b'));
  await appendRows(path, rows(1, 'c'));
  await second.undo();
  t.equal(await readFile(path, 'utf8'), `{"torn\n${lines([...rows(1, 'b'), ...rows(1, 'c')])}`);
});

t.test('a folder in its place and a missing folder are coded errors', async (t) => {
  const root = t.testdir({ 'chronicle.jsonl': {} });
  await t.rejects(appendRows(join(root, 'chronicle.jsonl'), rows(1)), { code: 'not_a_directory' });
  await t.rejects(appendRows(join(root, 'none', 'chronicle.jsonl'), rows(1)), { code: 'not_found' });
});

t.test("the kernel's own full device", { skip: process.platform !== 'linux' && 'no /dev/full' }, async (t) => {
  const path = join(t.testdir(), 'chronicle.jsonl');
  await symlink('/dev/full', path);
  await t.rejects(appendRows(path, rows(1)), { code: 'disk_full', cause: { code: 'ENOSPC' } });
});

t.test('a real disk that fills up in the middle of a row', async (t) => {
  const folder = join(t.testdir({ disk: {} }), 'disk');
  const path = join(folder, 'chronicle.jsonl');
  const refused = await onSmallDisk(folder, 64, async (disk) => {
    const kept = rows(10);
    await appendRows(path, kept);
    await t.rejects(appendRows(path, rows(100)), { code: 'disk_full', cause: { code: 'ENOSPC' } });
    t.equal(await readFile(path, 'utf8'), lines(kept));
    await writeFile(join(folder, 'filler'), 'x'.repeat(1024));
    await appendRows(path, rows(1));
    t.equal(await readFile(path, 'utf8'), lines([...kept, ...rows(1)]), 'and goes on when there is room again');
    disk.remountReadOnly();
    await t.rejects(appendRows(path, rows(1)), { code: 'not_writable' });
  });
  if (refused !== undefined) t.pass('not mounted', { skip: refused });
});
