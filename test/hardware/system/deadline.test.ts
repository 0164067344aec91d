import t from 'tap';
import { answerWithin } from '../../../src/hardware/system/deadline.js';

t.test('an answer, an error and a silence are told apart', async (t) => {
  t.same(await answerWithin(60_000, async () => 7), { state: 'answered', value: 7 });
  const error = new Error('broken');
  t.same(await answerWithin(60_000, () => Promise.reject(error)), { state: 'failed', error });
  t.same(await answerWithin(1, () => new Promise(() => undefined)), { state: 'silent' });
});

t.test('what throws at once, before it gives a promise, has failed too', async (t) => {
  const answer = await answerWithin(60_000, () => {
    throw new Error('at once');
  });
  t.match(answer, { state: 'failed', error: { message: 'at once' } });
});
