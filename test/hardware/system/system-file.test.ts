import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { KeptFile, KeptFolder, listFolder, readSystemFile } from '../../../src/hardware/system/system-file.js';

t.test('a file is read without the blanks around it, or not at all', async (t) => {
  const root = t.testdir({ name: 'amdgpu\n' });
  t.equal(await readSystemFile(join(root, 'name')), 'amdgpu');
  t.equal(await readSystemFile(join(root, 'missing')), undefined);
});

t.test('a folder that cannot be read holds nothing', async (t) => {
  const root = t.testdir({ a: '', b: '' });
  t.same([...(await listFolder(root))].sort(), ['a', 'b']);
  t.same(await listFolder(join(root, 'missing')), []);
});

t.test('a kept file gives its present value from its start', async (t) => {
  const path = join(t.testdir({ value: '1234\n' }), 'value');
  const file = new KeptFile(path);
  t.teardown(() => file.close());
  t.equal(file.readNumber(), 1234);
  writeFileSync(path, '7\n');
  t.equal(file.readNumber(), 7);
  t.equal(file.readText(), '7');
  t.same([...(file.readBytes() ?? [])], [...Buffer.from('7\n')]);
});

t.test('what is no whole number is unknown', async (t) => {
  const path = join(t.testdir({ value: '' }), 'value');
  const file = new KeptFile(path);
  t.teardown(() => file.close());
  for (const text of ['', '\n', 'unknown\n', '1.5\n', '0x10\n']) {
    writeFileSync(path, text);
    t.equal(file.readNumber(), undefined, JSON.stringify(text));
  }
  writeFileSync(path, '-5\n');
  t.equal(file.readNumber(), -5);
});

t.test('a missing file is not looked for again', async (t) => {
  const path = join(t.testdir({}), 'value');
  const file = new KeptFile(path);
  t.equal(file.readText(), undefined);
  writeFileSync(path, '1\n');
  t.equal(file.readText(), undefined);
});

t.test('what cannot be read is unknown', async (t) => {
  const file = new KeptFile(t.testdir({}));
  t.teardown(() => file.close());
  t.equal(file.readText(), undefined, 'a folder can be opened but not read');
});

t.test('a closed file stays closed', async (t) => {
  const file = new KeptFile(join(t.testdir({ value: '1\n' }), 'value'));
  t.equal(file.readNumber(), 1);
  file.close();
  file.close();
  t.equal(file.readNumber(), undefined);
});

t.test("a folder's files are kept by name and closed together", async (t) => {
  const root = t.testdir({ a: '1\n', sub: { b: '2\n' } });
  const folder = new KeptFolder(root);
  t.equal(folder.file('a').readNumber(), 1);
  t.equal(folder.file('sub/b').readNumber(), 2);
  t.equal(folder.file('a'), folder.file('a'));
  rmSync(join(root, 'a'));
  t.equal(folder.file('a').readNumber(), 1, 'it is open still');
  folder.close();
  t.equal(folder.file('sub/b').readNumber(), undefined);
});
