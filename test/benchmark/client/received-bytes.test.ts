import t from 'tap';
import { type ReceivedBytes, receivedBytes } from '../../../src/benchmark/client/received-bytes.js';

function taken(received: ReceivedBytes): (readonly [number | undefined, string])[] {
  const { bytes, ends, stampsMs } = received.take() ?? { bytes: Buffer.alloc(0), ends: [], stampsMs: [] };
  return ends.map((end, index) => [stampsMs[index], bytes.toString('utf8', ends[index - 1] ?? 0, end)]);
}

/** A read into a buffer that has room for more. */
function append(received: ReceivedBytes, bytes: Buffer, atMs: number): void {
  received.append(Buffer.concat([bytes, Buffer.from('not read')]), bytes.length, atMs);
}

t.test('keeps the bytes of each read under its stamp, whatever becomes of the piece it was given', async (t) => {
  const received = receivedBytes();
  const piece = Buffer.from('one');
  received.append(piece, piece.length, 1);
  piece.fill('x');
  append(received, Buffer.from('two'), 2);
  t.same(taken(received), [
    [1, 'one'],
    [2, 'two'],
  ]);
  t.equal(received.take(), undefined, 'each read is handed out once');
  append(received, Buffer.from('three'), 3);
  append(received, Buffer.from('four'), 4);
  t.same(taken(received), [
    [3, 'three'],
    [4, 'four'],
  ]);
  t.equal(received.length, 15);
});

t.test('hands its bytes out as text too, a character for each', async (t) => {
  const received = receivedBytes();
  append(received, Buffer.from('a'), 1);
  received.take();
  append(received, Buffer.from('é\u{1f642}'), 2);
  t.equal(received.take()?.text, '\u00c3\u00a9\u00f0\u009f\u0099\u0082');
});

t.test('shows what came after any of its bytes', async (t) => {
  const received = receivedBytes();
  append(received, Buffer.from('one'), 1);
  append(received, Buffer.from('two'), 2);
  t.equal(received.since(0).toString(), 'onetwo');
  t.equal(received.since(2).toString(), 'etwo');
  t.equal(received.since(6).toString(), '');
});

t.test('grows past its first size without losing a byte or overwriting what it handed out', async (t) => {
  const received = receivedBytes();
  const pieces = Array.from({ length: 50 }, (_, index) => Buffer.alloc(7000 + index, index));
  append(received, Buffer.from('first'), 0);
  const first = received.take();
  for (const [index, piece] of pieces.entries()) append(received, piece, index);
  t.ok(received.since(5).equals(Buffer.concat(pieces)));
  const rest = received.take();
  t.ok(rest?.bytes.equals(Buffer.concat(pieces)));
  t.same(
    rest?.stampsMs,
    pieces.map((_, index) => index),
  );
  t.equal(first?.bytes.toString(), 'first');
});
