import t from 'tap';
import { csvLine } from '../../../src/shared/text/csv.js';

t.test('quotes what would break a line, as RFC 4180 has it', async (t) => {
  t.equal(csvLine(['a', 1.5, null, 'b,c', 'd"e', 'f\ng']), 'a,1.5,,"b,c","d""e","f\ng"\r\n');
});

t.test('text that a spreadsheet would run is shown as text, numbers stay numbers', async (t) => {
  t.equal(csvLine(['=HYPERLINK("x")', '@a', '-b', -2]), '"\'=HYPERLINK(""x"")",\'@a,\'-b,-2\r\n');
});
