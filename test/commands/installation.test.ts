import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { installationIn } from '../../src/commands/installation.js';

t.test('every part is where the build has put it', async (t) => {
  const { typhon, runner, judging, readPageFile, importEngine } = installationIn(pathToFileURL(`${resolve('dist')}/`));
  for (const path of [...typhon, runner, judging]) t.ok(existsSync(path), path);
  t.ok(JSON.parse(Buffer.from(await readPageFile('manifest.json')).toString()).build);
  await t.rejects(readPageFile('nothing.html'), { code: 'ENOENT' });
  t.type((await importEngine(t.testdirName)).getLlama, 'function');
});
