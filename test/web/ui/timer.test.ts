import t from 'tap';
import { backOffMs, browserTimer } from '../../../src/web/ui/timer.js';

t.test('waits twice as long after each failure, up to ten seconds', async (t) => {
  t.same([1, 2, 3, 5, 6, 50].map(backOffMs), [500, 1000, 2000, 8000, 10_000, 10_000]);
});

t.test("the browser's own timer comes, unless it is called off", async (t) => {
  const seen: string[] = [];
  const cancel = browserTimer.after(0, () => seen.push('cancelled'));
  cancel();
  await new Promise<void>((resolve) => {
    browserTimer.after(1, resolve);
  });
  t.same(seen, []);
});
