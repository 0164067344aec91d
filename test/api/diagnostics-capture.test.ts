import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { captureDiagnostics } from '../../src/api/diagnostics-capture.js';
import { diagnosticsWith } from '../fixtures/diagnosed-runner.js';

const at = (time: string) => diagnosticsWith({ now: () => new Date(time) });

t.test('writes what is known to a file named by the time', async (t) => {
  const root = t.testdir({});
  const { path, document } = await captureDiagnostics(at('2026-11-21T14:30:45.123Z'), { root });
  t.equal(path, join(root, 'diagnostics', '2026-11-21_14-30-45.123.json'));
  t.equal(document.generatedAt, '2026-11-21T14:30:45.123Z');
  t.same(JSON.parse(await readFile(path, 'utf8')), document);
  t.same(await readdir(join(root, 'diagnostics')), ['2026-11-21_14-30-45.123.json'], 'and leaves nothing beside it');
});

t.test('keeps the newest 32 and whatever is not its own', async (t) => {
  const root = t.testdir({ diagnostics: { 'notes.txt': 'mine' } });
  for (let second = 10; second < 45; second += 1) {
    await captureDiagnostics(at(`2026-11-21T14:30:${second}.000Z`), { root });
  }
  const names = await readdir(join(root, 'diagnostics'));
  t.ok(names.includes('notes.txt'));
  const captures = names.filter((name) => name !== 'notes.txt').sort();
  t.equal(captures.length, 32);
  t.equal(captures[0], '2026-11-21_14-30-13.000.json');
  t.equal(captures.at(-1), '2026-11-21_14-30-44.000.json');
});

t.test('a folder that cannot be made is an error with advice, not a crash', async (t) => {
  const root = t.testdir({});
  await writeFile(join(root, 'diagnostics'), 'a file');
  await t.rejects(captureDiagnostics(at('2026-11-21T14:30:45.123Z'), { root }), {
    name: 'StorageError',
    message: /create the folder .*diagnostics/,
  });
});
