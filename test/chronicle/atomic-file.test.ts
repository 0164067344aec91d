import { readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { stageFile, writeJson } from '../../src/chronicle/atomic-file.js';
import { failingFileSystem, systemError } from '../fixtures/failing-file-system.js';
import { onSmallDisk } from '../fixtures/small-disk.js';

t.test('a value is written as indented JSON with a newline, and replaces what stood there', async (t) => {
  const folder = t.testdir({ 'value.json': 'old and longer than the new one will be' });
  const path = join(folder, 'value.json');
  await writeJson(path, { a: [1, null], b: '— ü' });
  t.equal(await readFile(path, 'utf8'), '{\n  "a": [\n    1,\n    null\n  ],\n  "b": "— ü"\n}\n');
  t.same(await readdir(folder), ['value.json']);
});

t.test('staged content is nowhere to be seen until it is committed', async (t) => {
  const folder = t.testdir({ 'value.json': 'old' });
  const path = join(folder, 'value.json');
  const discarded = await stageFile(path, 'discarded');
  t.equal(await readFile(path, 'utf8'), 'old');
  await discarded.discard();
  t.same(await readdir(folder), ['value.json']);
  const committed = await stageFile(path, 'new');
  await committed.commit();
  t.equal(await readFile(path, 'utf8'), 'new');
  t.same(await readdir(folder), ['value.json']);
});

t.test('the content is fsynced before it takes its place, and the folder after', async (t) => {
  const folder = t.testdir();
  const path = join(folder, 'value.json');
  const seen: string[] = [];
  const fs = failingFileSystem((operation, at) => {
    if (operation !== 'open') seen.push(`${operation} ${at === folder ? 'folder' : 'file'}`);
    return undefined;
  });
  await writeJson(path, 1, fs);
  t.same(seen, ['writeFile file', 'sync file', 'rename file', 'sync folder']);
});

t.test('at whatever step it fails, the old file stands and nothing else is left', async (t) => {
  for (const step of ['open', 'writeFile', 'sync', 'rename']) {
    const folder = t.testdir({ 'value.json': 'old' });
    const path = join(folder, 'value.json');
    const fs = failingFileSystem((operation, at) =>
      operation === step && at !== folder ? systemError('ENOSPC') : undefined,
    );
    await t.rejects(writeJson(path, { big: 'x'.repeat(10_000) }, fs), { code: 'disk_full', path }, step);
    t.equal(await readFile(path, 'utf8'), 'old', step);
    t.same(await readdir(folder), ['value.json'], step);
  }
});

t.test('a system that cannot fsync a folder does not stop the writing', async (t) => {
  const folder = t.testdir();
  for (const step of ['open', 'sync']) {
    const fs = failingFileSystem((operation, at) =>
      operation === step && at === folder ? systemError('EISDIR') : undefined,
    );
    await writeJson(join(folder, 'value.json'), step, fs);
    t.equal(await readFile(join(folder, 'value.json'), 'utf8'), `"${step}"\n`);
  }
});

t.test('two writers of one file do not mix: it is one of the two, whole', async (t) => {
  const path = join(t.testdir(), 'value.json');
  const values = ['a', 'b'].map((letter) => letter.repeat(200_000));
  await Promise.all(values.map((value) => writeJson(path, value)));
  t.ok(values.includes(JSON.parse(await readFile(path, 'utf8'))));
});

t.test('a real disk that fills up in the middle of a file', async (t) => {
  const folder = join(t.testdir({ disk: {} }), 'disk');
  const path = join(folder, 'value.json');
  const refused = await onSmallDisk(folder, 64, async (disk) => {
    await writeJson(path, 'old');
    await t.rejects(writeJson(path, 'x'.repeat(200_000)), { code: 'disk_full', cause: { code: 'ENOSPC' } });
    t.equal(await readFile(path, 'utf8'), '"old"\n');
    t.same(await readdir(folder), ['value.json']);
    disk.remountReadOnly();
    await t.rejects(writeJson(path, 1), { code: 'not_writable', cause: { code: 'EROFS' } });
    t.equal(await readFile(path, 'utf8'), '"old"\n');
  });
  if (refused !== undefined) t.pass('not mounted', { skip: refused });
});

t.test('a link in its place is replaced, not written through', async (t) => {
  const folder = t.testdir({ target: 'target' });
  await symlink(join(folder, 'target'), join(folder, 'value.json'));
  await writeJson(join(folder, 'value.json'), 'new');
  t.equal(await readFile(join(folder, 'target'), 'utf8'), 'target');
  t.equal(await readFile(join(folder, 'value.json'), 'utf8'), '"new"\n');
});
