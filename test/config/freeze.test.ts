import t from 'tap';
import { deepFreeze } from '../../src/config/freeze.js';

t.test('freezes what hangs below as well, and returns the same object', async (t) => {
  const inner = { list: [{ a: 1 }], nothing: null };
  const frozen = deepFreeze(inner);
  t.equal(frozen, inner);
  t.ok(Object.isFrozen(inner) && Object.isFrozen(inner.list) && Object.isFrozen(inner.list[0]));
  t.throws(() => inner.list.push({ a: 2 }), TypeError);
});
