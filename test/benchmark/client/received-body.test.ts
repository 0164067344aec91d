import t from 'tap';
import { ReceivedBody } from '../../../src/benchmark/client/received-body.js';

t.test('keeps the bytes of each read under its stamp, whatever becomes of the piece it was given', async (t) => {
  const body = new ReceivedBody();
  const piece = Buffer.from('one');
  body.append(piece, 1);
  piece.fill('x');
  body.append(Buffer.from('two'), 1);
  body.append(Buffer.from('three'), 2);
  t.same(
    body.newReads().map(({ atMs, bytes }) => [atMs, bytes.toString()]),
    [
      [1, 'onetwo'],
      [2, 'three'],
    ],
  );
  t.same(body.newReads(), [], 'each read is handed out once');
  body.append(Buffer.from('four'), 3);
  t.same(body.newReads(), [{ atMs: 3, bytes: Buffer.from('four') }]);
  t.equal(body.bytes().toString(), 'onetwothreefour');
  t.equal(body.length, 15);
});

t.test('grows past its first size without losing a byte', async (t) => {
  const body = new ReceivedBody();
  const pieces = Array.from({ length: 50 }, (_, index) => Buffer.alloc(7000 + index, index));
  for (const [index, piece] of pieces.entries()) body.append(piece, index);
  t.ok(body.bytes().equals(Buffer.concat(pieces)));
  const reads = body.newReads();
  t.equal(reads.length, pieces.length);
  t.ok(reads.every(({ bytes }, index) => bytes.equals(pieces[index] ?? Buffer.alloc(0))));
});
