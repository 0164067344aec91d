import t from 'tap';
import { formatPath } from '../../src/config/path.js';

t.test('writes a path as people do', async (t) => {
  t.equal(formatPath(['targets', 0, 'labels', 'rack']), 'targets[0].labels.rack');
  t.equal(formatPath([]), '');
});
