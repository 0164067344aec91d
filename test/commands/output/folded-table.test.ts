import t from 'tap';
import { cutMiddle, foldedTable, wrapped } from '../../../src/commands/output/folded-table.js';

t.test('columns that find no room go on below, beside those that say what a row is', async (t) => {
  const table = { titles: ['Name', 'One', 'Two', 'Three'], rows: [['a', '1', '2', '3']], keys: 1 };
  t.same(foldedTable(table), ['Name  One  Two  Three', 'a     1    2    3']);
  t.same(foldedTable(table, 15), ['Name  One  Two', 'a     1    2', '', 'Name  Three', 'a     3']);
});

t.test('a column that is too wide by itself stands alone', async (t) => {
  const table = { titles: ['Name', 'One', 'Two'], rows: [['a', 'x'.repeat(30), '2']], keys: 1 };
  t.same(foldedTable(table, 20), ['Name  One', `a     ${'x'.repeat(30)}`, '', 'Name  Two', 'a     2']);
});

t.test('no line of what fits at all is wider than the screen', async (t) => {
  const titles = ['Name', ...Array.from({ length: 20 }, (_, index) => 'x'.repeat((index * 7) % 11))];
  for (const keys of [1, 2, 3]) {
    const lines = foldedTable({ titles, rows: [titles.map((title) => `${title}y`)], keys }, 40);
    t.ok(
      lines.every(({ length }) => length <= 40),
      `${keys} columns in every part`,
    );
  }
});

t.test('columns that belong together stay together', async (t) => {
  const table = { titles: ['Name', 'One', 'Two', 'Three', 'Four'], rows: [], keys: 1, groups: [1, 2] };
  t.same(foldedTable(table, 16), ['Name  One', '', 'Name  Two  Three', '', 'Name  Four']);
  t.same(
    foldedTable(table, 12),
    ['Name  One', '', 'Name  Two', '', 'Name  Three', '', 'Name  Four'],
    'unless the screen has no room for them',
  );
});

t.test('a name is cut in its middle', async (t) => {
  t.equal(cutMiddle('short', 10), 'short');
  t.equal(cutMiddle('qwen3-32b-instruct-q4_k_m', 13), 'qwen3-…q4_k_m');
  t.equal(cutMiddle('qwen3-32b-instruct-q4_k_m', 12).length, 12);
});

t.test('a sentence is broken between its words', async (t) => {
  t.equal(wrapped('one two three', 9), 'one two\n  three');
  t.equal(wrapped('one', 2), 'one');
});
