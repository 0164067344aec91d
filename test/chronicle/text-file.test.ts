import { join } from 'node:path';
import t from 'tap';
import { readTextFile } from '../../src/chronicle/text-file.js';

t.test('reads what is there, tells what is not, and names what cannot be read', async (t) => {
  const folder = t.testdir({ 'note.txt': 'grüß\n' });
  t.equal(await readTextFile(join(folder, 'note.txt')), 'grüß\n');
  t.equal(await readTextFile(join(folder, 'missing.txt')), undefined);
  await t.rejects(readTextFile(folder), { name: 'StorageError', code: 'not_a_directory', path: folder });
});
