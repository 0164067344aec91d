import t from 'tap';
import { Cell } from '../../../src/web/ui/cell.js';

t.test('tells its watchers of each change, and of nothing else', async (t) => {
  const cell = new Cell(1);
  const seen: number[] = [];
  const end = cell.watch(() => seen.push(cell.value));
  cell.value = 2;
  cell.value = 2;
  cell.value = 3;
  end();
  cell.value = 4;
  t.same(seen, [2, 3]);
  t.equal(cell.value, 4);
});
