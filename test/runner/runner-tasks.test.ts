import t from 'tap';
import { RunnerTasks } from '../../src/runner/runner-tasks.js';

const shown = ({ pending, active, completed, cancelled }: RunnerTasks) => ({ pending, active, completed, cancelled });

t.test('a test waits, is in progress, is completed', async (t) => {
  const tasks = new RunnerTasks('a3f1c820', ['one', 'two']);
  t.same(shown(tasks), { pending: ['a3f1c820:one', 'a3f1c820:two'], active: undefined, completed: 0, cancelled: [] });
  tasks.start('one');
  t.match(shown(tasks), { pending: ['a3f1c820:two'], active: 'a3f1c820:one', completed: 0 });
  tasks.finish();
  t.match(shown(tasks), { pending: ['a3f1c820:two'], active: undefined, completed: 1 });
});

t.test('a skipped test waits no more and is not completed', async (t) => {
  const tasks = new RunnerTasks('a3f1c820', ['one', 'two']);
  tasks.skip('one');
  t.same(shown(tasks), { pending: ['a3f1c820:two'], active: undefined, completed: 0, cancelled: [] });
});

t.test('a cancel ends the waiting at once and what is in progress when the runner is gone', async (t) => {
  const tasks = new RunnerTasks('a3f1c820', ['one', 'two', 'three']);
  tasks.start('one');
  tasks.finish();
  tasks.start('two');
  tasks.cancelPending();
  t.same(shown(tasks), { pending: [], active: 'a3f1c820:two', completed: 1, cancelled: ['a3f1c820:three'] });
  tasks.close(true);
  t.same(shown(tasks), {
    pending: [],
    active: undefined,
    completed: 1,
    cancelled: ['a3f1c820:two', 'a3f1c820:three'],
  });
});

t.test('what a crash cut short was cancelled by nobody', async (t) => {
  const tasks = new RunnerTasks('a3f1c820', ['one', 'two']);
  tasks.start('one');
  tasks.close(false);
  t.same(shown(tasks), { pending: [], active: undefined, completed: 0, cancelled: [] });
});
