import t from 'tap';
import { referenceViolations } from '../../src/config/references.js';

t.test('finds every repeated name, each beside the first that bears it', async (t) => {
  const root = { targets: [{ name: 'a' }, { name: 'b' }, { name: 'a' }, { name: 'a' }], schedules: [{ name: 'a' }] };
  t.same(referenceViolations(root), [
    { path: ['targets', 2, 'name'], expected: 'a name other than that of targets[0]' },
    { path: ['targets', 3, 'name'], expected: 'a name other than that of targets[0]' },
  ]);
});

t.test('takes names of channels for the same whatever their case: each is a file', async (t) => {
  const root = { targets: [{ name: 'a' }, { name: 'A' }], notifications: [{ name: 'ops' }, { name: 'Ops' }] };
  t.same(referenceViolations(root), [
    { path: ['notifications', 1, 'name'], expected: 'a name other than that of notifications[0]' },
  ]);
});

t.test('finds schedules that name a target nobody configured', async (t) => {
  const root = { targets: [{ name: 'a' }], schedules: [{ targets: 'all' }, { targets: ['a', 'b'] }] };
  t.same(referenceViolations(root), [{ path: ['schedules', 1, 'targets', 1], expected: 'one of the targets a' }]);
});

t.test('looks past whatever has the wrong shape', async (t) => {
  for (const root of [
    null,
    [],
    'x',
    { targets: 'x' },
    { targets: [1, null, {}, { name: 3 }], schedules: [{ targets: [4] }] },
  ]) {
    t.same(referenceViolations(root), []);
  }
});
