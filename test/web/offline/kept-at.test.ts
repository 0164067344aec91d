import t from 'tap';
import { keptAtHeader, keptAtMsOf } from '../../../src/web/offline/kept-at.js';

t.test('an answer that is remembered says when it was given; a new one does not', async (t) => {
  t.equal(keptAtMsOf(new Response('', { headers: keptAtHeader(1_750_000_000_123) })), 1_750_000_000_123);
  t.equal(keptAtMsOf(new Response('')), undefined);
});
