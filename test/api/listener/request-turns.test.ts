import { PassThrough } from 'node:stream';
import t from 'tap';
import { RequestTurns } from '../../../src/api/listener/request-turns.js';

t.test('each connection has its turn, however much another one asks', async (t) => {
  const turns = new RequestTurns(8);
  const [greedy, modest] = [new PassThrough(), new PassThrough()];
  const begun: string[] = [];
  const ask = (name: string, connection: PassThrough) => turns.next(connection).then(() => begun.push(name));
  await Promise.all([ask('a1', greedy), ask('a2', greedy), ask('a3', greedy), ask('b1', modest)]);
  t.same(begun, ['a1', 'b1', 'a2', 'a3']);
});

t.test('whoever has left is passed over, and whoever asks too much is cut', async (t) => {
  const turns = new RequestTurns(2);
  const [leaving, greedy, staying] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const left = [turns.next(leaving), turns.next(leaving)];
  const asked = [turns.next(greedy), turns.next(greedy), turns.next(greedy)];
  const stayed = turns.next(staying);
  leaving.destroy();
  t.same(await Promise.all(left), [false, false]);
  t.same(await Promise.all(asked), [false, false, false]);
  t.equal(greedy.destroyed, true);
  t.equal(await stayed, true);
});
