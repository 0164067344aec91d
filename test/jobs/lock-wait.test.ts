import t from 'tap';
import { LockWait } from '../../src/jobs/lock-wait.js';

t.test('a wait goes on over several holders and ends at once', async (t) => {
  let nowMs = 1000;
  const wait = new LockWait(() => nowMs);
  t.equal(wait.current, undefined);
  wait.for('one');
  nowMs += 2500;
  t.same(wait.current, { holder: 'one', seconds: 2.5 });
  wait.for('two');
  nowMs += 500;
  t.same(wait.current, { holder: 'two', seconds: 3 });
  wait.over();
  t.equal(wait.current, undefined);
  wait.for('three');
  t.same(wait.current, { holder: 'three', seconds: 0 });
});
