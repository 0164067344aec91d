import t from 'tap';
import { skipWords, undoneWords } from '../../../src/shared/text/skip-words.js';

t.test('a known reason is told in words and keeps its name, another one speaks for itself', async (t) => {
  t.equal(skipWords('server_down'), 'the server went away and did not come back (server_down)');
  t.equal(skipWords('model_not_loaded'), 'the model is not loaded any more (model_not_loaded)');
  t.equal(skipWords("exceeds the server's context length (4096)"), "exceeds the server's context length (4096)");
});

t.test('what a server that went away left undone is counted', async (t) => {
  t.equal(undoneWords(1), '1 test was not run: the server went away.');
  t.equal(undoneWords(3), '3 tests were not run: the server went away.');
});
