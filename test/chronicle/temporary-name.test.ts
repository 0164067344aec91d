import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import t from 'tap';
import { removeStaleFiles, temporaryNameFor } from '../../src/chronicle/temporary-name.js';

/** The id of a process that was there and is gone. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}

t.test('names are in the same folder, hidden, and never the same', async (t) => {
  const [first, second] = [temporaryNameFor('/data/last_run.json'), temporaryNameFor('/data/last_run.json')];
  t.equal(dirname(first), '/data');
  t.match(basename(first), /^\.tmp-\d+-[0-9a-f]{8}-\d+-last_run\.json$/);
  t.not(first, second);
});

t.test('what a dead process left goes; what a live one is writing and all else stays', async (t) => {
  const folder = t.testdir();
  const own = basename(temporaryNameFor(join(folder, 'x.json')));
  const ofLiveParent = `.tmp-${process.ppid}-00000000-1-x.json`;
  const ofDead = `.tmp-${await deadPid()}-00000000-1-x.json`;
  // In a container every start has the same process id.
  const ofPredecessor = `.tmp-${process.pid}-00000000-1-x.json`;
  const others = ['last_run.json', '.tmp-notes', '.hidden', 'tmp-1-00000000-1-x'];
  for (const name of [own, ofLiveParent, ofDead, ofPredecessor, ...others]) await writeFile(join(folder, name), '');
  const leftFolder = join(folder, `.tmp-${process.pid}-00000000-2-run`);
  await mkdir(leftFolder);
  await writeFile(join(leftFolder, 'result.json'), '{');

  const removed = await removeStaleFiles(folder);
  t.same(removed.sort(), [join(folder, ofDead), join(folder, ofPredecessor), leftFolder].sort());
  t.same((await readdir(folder)).sort(), [own, ofLiveParent, ...others].sort());
});

t.test('a folder that is not there has nothing to remove', async (t) => {
  t.same(await removeStaleFiles(join(t.testdir(), 'none')), []);
});

t.test('a folder that cannot be listed is an error', async (t) => {
  await t.rejects(removeStaleFiles(join(t.testdir({ file: '' }), 'file')), { code: 'ENOTDIR' });
});
