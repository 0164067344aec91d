import t from 'tap';
import { firstDifference } from '../../../src/shared/text/first-difference.js';

t.test('equal texts do not differ', async (t) => {
  t.equal(firstDifference('', ''), undefined);
  t.equal(firstDifference('a\u{1F642}', 'a\u{1F642}'), undefined);
});

t.test('the place of the first difference', async (t) => {
  t.equal(firstDifference('abc', 'abd'), 2);
  t.equal(firstDifference('xbc', 'abc'), 0);
});

t.test('a text that goes on differs where the other one ends', async (t) => {
  t.equal(firstDifference('ab', 'abc'), 2);
  t.equal(firstDifference('abc', ''), 0);
});

t.test('no character is cut in two', async (t) => {
  t.equal(firstDifference('a\u{1F642}', 'a\u{1F643}'), 1, 'they share the first half of a pair');
  t.equal(firstDifference('\u{1F642}b', '\u{1F642}c'), 2);
});
