import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { gone, isGone } from '../fixtures/process-end.js';

const skip = spawnSync('setpriv', ['--version']).error === undefined ? false : 'no setpriv here';

t.test('what a test started goes with the test, also when that is killed', { skip }, async (t) => {
  const parent = fork(fileURLToPath(new URL('../fixtures/dying-parent.js', import.meta.url)), { silent: true });
  if (parent.stdout === null) throw new Error('expected its output');
  const [line] = await once(parent.stdout, 'data');
  const pid = Number(line);
  t.ok(pid > 1);
  t.notOk(isGone(pid));
  parent.kill('SIGKILL');
  await gone(pid);
});
