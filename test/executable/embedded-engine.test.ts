import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { importEmbeddedEngine } from '../../src/executable/embedded-engine.js';
import { archiveOf } from '../../tools/archive.mjs';

const packed = archiveOf(
  new Map([
    ['import.cjs', Buffer.from('module.exports = (url) => import(url);')],
    ['node_modules/node-llama-cpp/package.json', Buffer.from('{"type":"module"}')],
    ['node_modules/node-llama-cpp/dist/index.js', Buffer.from('export const getLlama = () => "llama.cpp";')],
  ]),
);

t.test('llama.cpp is unpacked once, and what another version has left goes', async (t) => {
  const folder = join(t.testdir({}), 'reference');
  mkdirSync(join(folder, 'engine-0123456789abcdef/node_modules'), { recursive: true });
  writeFileSync(join(folder, 'model.gguf'), '');
  let unpacked = 0;
  const engine = {
    digest: 'fedcba9876543210',
    archive: () => {
      unpacked += 1;
      return packed;
    },
  };
  for (const time of ['first', 'again']) {
    const { getLlama } = await importEmbeddedEngine(engine, folder);
    t.type(getLlama, 'function', time);
  }
  t.equal(unpacked, 1);
  t.same(readdirSync(folder).sort(), ['engine-fedcba9876543210', 'model.gguf']);
});

t.test('where it cannot be written the place and the reason are told', async (t) => {
  const folder = t.testdir({ reference: 'a file' });
  const importing = importEmbeddedEngine({ digest: '0', archive: () => packed }, join(folder, 'reference'));
  await t.rejects(importing, {
    code: 'engine_missing',
    message: /unpacked to .*engine-0$/,
    cause: { code: 'EEXIST' },
  });
});

t.test('what breaks while it is unpacked leaves nothing behind', async (t) => {
  const folder = t.testdir({});
  const torn = { digest: '0', archive: () => packed.subarray(0, 40) };
  await t.rejects(importEmbeddedEngine(torn, folder), { code: 'engine_missing' });
  t.same(readdirSync(folder), []);
});

t.test('a program that was built without it says so', async (t) => {
  await t.rejects(importEmbeddedEngine(undefined, t.testdirName), { code: 'engine_missing', message: /built without/ });
});
