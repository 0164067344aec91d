import t from 'tap';
import { withSameParts } from '../../../src/web/agent/same-parts.js';

interface Seen {
  readonly now: string;
  readonly waiting: readonly { readonly id: string }[];
  readonly running: { readonly done: number } | null;
}

t.test('parts that say the same stay the same, and the others are the newest', async (t) => {
  const before: Seen = { now: '12:00', waiting: [{ id: 'a' }], running: { done: 1 } };
  const after = withSameParts(before, { now: '12:01', waiting: [{ id: 'a' }], running: { done: 2 } });
  t.same(after, { now: '12:01', waiting: [{ id: 'a' }], running: { done: 2 } });
  t.equal(after.waiting, before.waiting);
  t.not(after.running, before.running);
  t.equal(withSameParts<Seen>(before, { ...before, running: null }).running, null);
});

t.test('the first one is taken as it is', async (t) => {
  const first: Seen = { now: '12:00', waiting: [], running: null };
  t.equal(withSameParts(undefined, first), first);
});
