import t from 'tap';
import { browserTimer } from '../../../src/web/ui/timer.js';

t.test("the browser's own timer comes, unless it is called off", async (t) => {
  const seen: string[] = [];
  const cancel = browserTimer.after(0, () => seen.push('cancelled'));
  cancel();
  await new Promise<void>((resolve) => {
    browserTimer.after(1, resolve);
  });
  t.same(seen, []);
});
