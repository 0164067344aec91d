import t from 'tap';
import { markdownCode, markdownList, markdownTable, markdownText } from '../../../src/shared/text/markdown.js';

t.test('no text becomes markup or breaks out of its cell', async (t) => {
  t.equal(markdownText('<b>|a`b*\n_c_'), '\\<b\\>\\|a\\`b\\* \\_c\\_');
  t.equal(markdownList(['a*', 'b']), '- a\\*\n- b');
});

t.test('code that holds backticks is fenced by more of them', async (t) => {
  t.equal(markdownCode('llama-server -c 4096'), '`llama-server -c 4096`');
  t.equal(markdownCode('echo `date` | cat'), '`` echo `date` \\| cat ``');
});

t.test('a table has its head and one line a row', async (t) => {
  t.equal(markdownTable(['A', 'B'], [['1', '2']]), '| A | B |\n| --- | --- |\n| 1 | 2 |');
});
