import t from 'tap';
import { findingCodes } from '../../../src/benchmark/finding.js';
import { findingWords } from '../../../src/web/history/finding-words.js';

t.test('every finding has words of its own, short enough for a list', async (t) => {
  t.same(Object.keys(findingWords).sort(), [...findingCodes].sort());
  const words = Object.values(findingWords);
  t.equal(new Set(words).size, words.length);
  for (const word of words) {
    t.notMatch(word, '_');
    t.ok(word.length > 0 && word.length <= 24, word);
  }
});
