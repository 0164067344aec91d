import t from 'tap';
import { systemClock } from '../../src/shared/clock.js';

t.test('the clock tells the time it was given', async (t) => {
  t.equal(systemClock(() => 41.5).nowMs(), 41.5);
});

t.test('a timer runs once, and not at all when it is called off', async (t) => {
  const clock = systemClock(() => 0);
  const ran: string[] = [];
  const cancel = clock.after(0, () => ran.push('called off'));
  cancel();
  await new Promise<void>((done) => {
    // The test's own timer keeps the process alive: those of the clock do not.
    const alive = setTimeout(() => undefined, 60_000);
    clock.after(1, () => {
      ran.push('kept');
      clearTimeout(alive);
      done();
    });
  });
  t.same(ran, ['kept']);
});
