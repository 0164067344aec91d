import t from 'tap';
import { errorWords } from '../../../src/shared/text/error-words.js';

t.test('a known error is a sentence that keeps its name, another one speaks for itself', async (t) => {
  t.equal(errorWords('timeout'), 'The server did not answer in time. (timeout)');
  t.equal(errorWords('No LLM server detected.'), 'No LLM server detected.');
});
