import t from 'tap';
import { sentence } from '../../../src/shared/text/sentence.js';

t.test('has one full stop', async (t) => {
  t.equal(sentence('the queue is full'), 'the queue is full.');
  t.equal(sentence('Check that the server runs.'), 'Check that the server runs.');
});
