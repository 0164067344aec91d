import t from 'tap';
import { textColumns } from '../../../src/commands/output/text-columns.js';

t.test('makes every column as wide as its widest cell', async (t) => {
  t.same(
    textColumns([
      ['a', 'bb', 'c'],
      ['aaa', 'b', 'ccc'],
    ]),
    ['a    bb  c', 'aaa  b   ccc'],
  );
});

t.test('takes rows of different lengths and leaves no space at the end', async (t) => {
  t.same(textColumns([['head'], ['a', 'b'], ['c', '']]), ['head', 'a     b', 'c']);
});

t.test('makes nothing of nothing', async (t) => {
  t.same(textColumns([]), []);
});
