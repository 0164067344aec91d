import t from 'tap';
import { parsedJson } from '../../src/benchmark/json-text.js';

t.test('reads JSON, and knows nothing of any other text', async (t) => {
  t.same(parsedJson('{"tokens": [1, 2]}'), { tokens: [1, 2] });
  t.equal(parsedJson('null'), null);
  t.equal(parsedJson(''), undefined);
  t.equal(parsedJson('<html>'), undefined);
});
