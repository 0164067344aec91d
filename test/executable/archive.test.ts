import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { unpack } from '../../src/executable/archive.js';
import { archiveOf } from '../../tools/archive.mjs';

t.test('what was packed is unpacked, byte for byte', async (t) => {
  const files = new Map([
    ['import.cjs', Buffer.from('module.exports = 1;\n')],
    ['node_modules/engine/lib/ü.so', Buffer.from([0, 255, 10, 13])],
    ['node_modules/engine/empty', Buffer.alloc(0)],
  ]);
  const folder = join(t.testdir({}), 'engine');
  await unpack(archiveOf(files), folder);
  for (const [path, bytes] of files) t.ok(readFileSync(join(folder, path)).equals(bytes), path);
  t.equal(readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile()).length, 3);
});

t.test('an archive that is torn is refused', async (t) => {
  const archive = archiveOf(new Map([['a', Buffer.alloc(1000, 'typhon')]]));
  await t.rejects(unpack(archive.subarray(0, archive.length - 4), t.testdir({})));
});
