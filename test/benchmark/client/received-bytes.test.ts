import t from 'tap';
import { ReceivedBytes } from '../../../src/benchmark/client/received-bytes.js';

function handedOut(received: ReceivedBytes): (readonly [number, string])[] {
  const reads: (readonly [number, string])[] = [];
  for (let read = received.nextRead(); read !== undefined; read = received.nextRead()) {
    reads.push([read.atMs, read.bytes.toString()]);
  }
  return reads;
}

t.test('keeps the bytes of each read under its stamp, whatever becomes of the piece it was given', async (t) => {
  const received = new ReceivedBytes();
  const piece = Buffer.from('one');
  received.append(piece, 1);
  piece.fill('x');
  received.append(Buffer.from('two'), 2);
  t.same(handedOut(received), [
    [1, 'one'],
    [2, 'two'],
  ]);
  t.equal(received.nextRead(), undefined, 'each read is handed out once');
  received.append(Buffer.from('three'), 3);
  t.same(handedOut(received), [[3, 'three']]);
  t.equal(received.length, 11);
});

t.test('shows what came after any of its bytes', async (t) => {
  const received = new ReceivedBytes();
  received.append(Buffer.from('one'), 1);
  received.append(Buffer.from('two'), 2);
  t.equal(received.since(0).toString(), 'onetwo');
  t.equal(received.since(2).toString(), 'etwo');
  t.equal(received.since(6).toString(), '');
});

t.test('grows past its first size without losing a byte or overwriting what it handed out', async (t) => {
  const received = new ReceivedBytes();
  const pieces = Array.from({ length: 50 }, (_, index) => Buffer.alloc(7000 + index, index));
  received.append(Buffer.from('first'), 0);
  const first = received.nextRead();
  for (const [index, piece] of pieces.entries()) received.append(piece, index);
  t.ok(received.since(5).equals(Buffer.concat(pieces)));
  for (const piece of pieces) t.ok(received.nextRead()?.bytes.equals(piece));
  t.equal(first?.bytes.toString(), 'first');
});
