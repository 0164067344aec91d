import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { gone, isGone } from '../fixtures/process-end.js';

t.test('a process wedged in a loop lives as long as its parent and no longer', async (t) => {
  const program = fileURLToPath(new URL('../fixtures/runner-programs/wedged-family.mjs', import.meta.url));
  const parent = fork(program, [], { execArgv: [] });
  t.teardown(() => parent.kill('SIGKILL'));
  const [pid] = (await once(parent, 'message')) as [number];
  t.teardown(() => {
    if (!isGone(pid)) process.kill(pid, 'SIGKILL');
  });
  t.notOk(isGone(pid), 'it is wedged and lives');
  parent.kill('SIGKILL');
  await gone(pid);
  t.ok(isGone(pid));
});
