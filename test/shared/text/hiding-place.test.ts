import t from 'tap';
import { behindWords, hidingPlaces } from '../../../src/shared/text/hiding-place.js';

t.test('each has words of its own, which end a sentence', async (t) => {
  const words = hidingPlaces.map((place) => `It came ${behindWords[place]}.`);
  t.equal(new Set(words).size, hidingPlaces.length);
  t.ok(words.every((sentence) => /^It came \S.*\S\.$/.test(sentence)));
});
