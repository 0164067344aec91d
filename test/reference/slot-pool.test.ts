import t from 'tap';
import { type Slot, SlotPool, type SlotRequest } from '../../src/reference/slot-pool.js';

interface NamedSlot extends Slot {
  readonly name: string;
}

const slot = (name: string, capacity: number): NamedSlot => ({ name, capacity });

function request(tokens: number, more: Partial<SlotRequest<NamedSlot>> = {}): SlotRequest<NamedSlot> {
  return { tokens, score: () => 0, signal: new AbortController().signal, ...more };
}

/** Whether a promise is still pending after everything queued before has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, new Promise(setImmediate).then(() => pending)])) === pending;
}

t.test('gives the smallest slot that holds the request', async (t) => {
  const pool = new SlotPool([slot('wide', 100), slot('narrow', 10), slot('middle', 50)]);
  t.equal((await pool.acquire(request(10))).name, 'narrow');
  t.equal((await pool.acquire(request(10))).name, 'middle');
  t.equal((await pool.acquire(request(10))).name, 'wide');
});

t.test('gives the slot with the highest score, however large', async (t) => {
  const pool = new SlotPool([slot('narrow', 10), slot('wide', 100)]);
  const score = ({ name }: NamedSlot): number => (name === 'wide' ? 5 : 4);
  t.equal((await pool.acquire(request(5, { score }))).name, 'wide');
});

t.test('among equal slots gives the longest unused', async (t) => {
  const pool = new SlotPool([slot('a', 10), slot('b', 10)]);
  const first = await pool.acquire(request(1));
  pool.release(first);
  t.equal((await pool.acquire(request(1))).name, 'b');
});

t.test('lets a request wait until a slot that holds it is free, and a smaller one pass', async (t) => {
  const pool = new SlotPool([slot('narrow', 10), slot('wide', 100)]);
  const wide = await pool.acquire(request(60));
  const waiting = pool.acquire(request(70));
  const narrow = await pool.acquire(request(5));
  pool.release(narrow);
  t.ok(await isPending(waiting));
  t.equal((await pool.acquire(request(5))).name, 'narrow');
  pool.release(wide);
  t.equal((await waiting).name, 'wide');
});

t.test('serves waiting requests in the order in which they came', async (t) => {
  const pool = new SlotPool([slot('only', 10)]);
  const only = await pool.acquire(request(1));
  const first = pool.acquire(request(1));
  const second = pool.acquire(request(1));
  pool.release(only);
  t.equal(await first, only);
  t.ok(await isPending(second));
});

t.test('an aborted request leaves the queue with its reason', async (t) => {
  const pool = new SlotPool([slot('only', 10)]);
  const only = await pool.acquire(request(1));
  const abort = new AbortController();
  const gone = pool.acquire(request(1, { signal: abort.signal }));
  const next = pool.acquire(request(1));
  const reason = new Error('gone');
  abort.abort(reason);
  await t.rejects(gone, reason);
  pool.release(only);
  t.equal(await next, only);
});

t.test('an already aborted request takes no slot', async (t) => {
  const pool = new SlotPool([slot('only', 10)]);
  t.throws(() => pool.acquire(request(1, { signal: AbortSignal.abort(new Error('gone')) })), { message: 'gone' });
  t.equal((await pool.acquire(request(1))).name, 'only');
});
