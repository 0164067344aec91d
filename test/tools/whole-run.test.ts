import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { plainly } from '../fixtures/plain-process.js';

const isTest = (path: string) => path.endsWith('.test.ts');

/** Test files below a folder. */
function below(folder: string): readonly string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths.filter(isTest).map((path) => join(folder, path));
}

t.test('a whole run has every test file once, by itself or by the file that runs its folder', async (t) => {
  const [program, ...args] = plainly([process.execPath, 'node_modules/.bin/tap', 'list']);
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  const started = stdout.split('\n').filter(isTest);
  const ofFolders = started.map((path) => path.replace(/\.test\.ts$/, '')).filter((folder) => existsSync(folder));
  t.ok(ofFolders.length > 0, stderr);
  t.same([...started, ...ofFolders.flatMap(below)].sort(), [...below('test')].sort());
});
