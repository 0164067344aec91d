import t from 'tap';
import { csvLine } from '../../../src/commands/output/csv.js';
import { textColumns } from '../../../src/commands/output/text-columns.js';

t.test('quotes what would break a line, as RFC 4180 has it', async (t) => {
  t.equal(csvLine(['a', 1.5, null, 'b,c', 'd"e', 'f\ng']), 'a,1.5,,"b,c","d""e","f\ng"\r\n');
});

t.test('text that a spreadsheet would run is shown as text, numbers stay numbers', async (t) => {
  t.equal(csvLine(['=HYPERLINK("x")', '@a', '-b', -2]), '"\'=HYPERLINK(""x"")",\'@a,\'-b,-2\r\n');
});

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
