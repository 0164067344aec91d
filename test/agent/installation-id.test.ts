import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { installationId } from '../../src/agent/installation-id.js';

const random = (bytes: number) => Buffer.alloc(bytes, 0xab);
const OF_ABS = 'ab'.repeat(16);

t.test('is made up once and kept; another folder has another', async (t) => {
  const [file, other] = [join(t.testdir({}), 'id'), join(t.testdir({ b: {} }), 'b', 'id')];
  const first = await installationId(file);
  t.match(first, /^[0-9a-f]{32}$/);
  t.equal(await installationId(file), first);
  t.not(await installationId(other), first);
});

t.test('a file that holds none is written anew', async (t) => {
  const file = join(t.testdir({}), 'id');
  writeFileSync(file, 'half of on');
  t.equal(await installationId(file, random), OF_ABS);
  t.equal(readFileSync(file, 'utf8'), `${OF_ABS}\n`);
});

t.test('one that cannot be kept is there all the same', async (t) => {
  t.equal(await installationId(join(t.testdir({}), 'missing', 'id'), random), OF_ABS);
});
