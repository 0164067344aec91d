import t from 'tap';
import { words } from '../../src/reference/words.js';

t.test('holds plain lower-case words, none twice', async (t) => {
  t.same(
    words.filter((word) => !/^[a-z']+$/.test(word)),
    [],
  );
  t.equal(new Set(words).size, words.length);
});
