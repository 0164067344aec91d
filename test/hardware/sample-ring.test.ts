import t from 'tap';
import { SampleRing } from '../../src/hardware/sample-ring.js';

function ring(capacity: number, ...times: number[]): SampleRing<{ atMs: number }> {
  const result = new SampleRing<{ atMs: number }>(capacity);
  for (const atMs of times) result.push({ atMs });
  return result;
}

const times = (samples: readonly { atMs: number }[]) => samples.map(({ atMs }) => atMs);

t.test('samples of a span come oldest first, its ends included', async (t) => {
  t.same(times(ring(10, 1, 2, 3, 4, 5).between(2, 4)), [2, 3, 4]);
  t.same(times(ring(10, 1, 2).between(3, 4)), []);
});

t.test('the oldest make room for the newest', async (t) => {
  const full = ring(3, 1, 2, 3, 4, 5);
  t.same(times(full.between(0, 10)), [3, 4, 5]);
  t.equal(full.newest?.atMs, 5);
  full.push({ atMs: 6 });
  t.same(times(full.between(0, 10)), [4, 5, 6]);
  t.equal(full.newest?.atMs, 6);
});

t.test('the newest is known before the ring is full, and not of an empty one', async (t) => {
  t.equal(ring(3, 1, 2).newest?.atMs, 2);
  t.equal(ring(3, 1, 2, 3).newest?.atMs, 3);
  t.equal(ring(3).newest, undefined);
});
