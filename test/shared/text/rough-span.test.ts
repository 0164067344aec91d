import t from 'tap';
import { roughSpan } from '../../../src/shared/text/rough-span.js';

t.test('spans are rough for a guess', async (t) => {
  t.same([1000, 23_000, 62_000, 250_000, 7_200_000].map(roughSpan), [
    'about 5 seconds',
    'about 25 seconds',
    'about a minute',
    'about 4 minutes',
    'about 2.0 hours',
  ]);
});
