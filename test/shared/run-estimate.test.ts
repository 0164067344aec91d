import t from 'tap';
import { estimatedBatch, estimatedMs, type PastRun } from '../../src/shared/run-estimate.js';

function took(seconds: number, run: Partial<PastRun> = {}): PastRun {
  const from = Date.parse('2026-11-21T14:30:00Z');
  return {
    status: 'done',
    mode: 'quick',
    target: 'box',
    model: 'a',
    started_at: new Date(from).toISOString(),
    finished_at: new Date(from + seconds * 1000).toISOString(),
    ...run,
  };
}

t.test('is the median of the last five that were done', async (t) => {
  const past = [50, 52, 300, 48, 51, 9, 9, 9].map((seconds) => took(seconds));
  t.equal(estimatedMs(past, { mode: 'quick' }), 51_000);
  t.equal(estimatedMs(past, { mode: 'quick', target: 'box', model: 'a' }), 51_000);
});

t.test('is unknown before one of that mode, target and model was done', async (t) => {
  const past = [took(50), took(20, { status: 'cancelled' }), took(30, { status: 'pending', finished_at: null })];
  t.equal(estimatedMs(past, { mode: 'full' }), undefined);
  t.equal(estimatedMs(past, { mode: 'quick', target: 'elsewhere' }), undefined);
  t.equal(estimatedMs(past, { mode: 'quick', target: 'box', model: 'b' }), undefined);
  t.equal(estimatedMs([took(5, { status: 'error' })], { mode: 'quick' }), undefined);
});

t.test('a run that was interrupted says nothing', async (t) => {
  const past = [took(50_000, { resumed_at: '2026-11-22T04:00:00Z' }), took(50)];
  t.equal(estimatedMs(past, { mode: 'quick' }), 50_000);
});

t.test(
  'of several models it is the whole, where one that was never measured takes as long as the others',
  async (t) => {
    const past = [took(60), took(200, { model: 'b' }), took(900, { target: 'elsewhere', model: 'c' })];
    const asked = { mode: 'quick', target: 'box' };
    t.same(estimatedBatch(past, asked, ['a', 'b']), { each: [60_000, 200_000], wholeMs: 260_000 });
    t.same(estimatedBatch(past, asked, ['a', 'b', 'c']), { each: [60_000, 200_000, undefined], wholeMs: 390_000 });
    t.same(estimatedBatch(past, asked, ['d', 'e']).wholeMs, 2 * 200_000, 'by what was measured there');
  },
);

t.test('of several models none is known before any run there', async (t) => {
  t.same(estimatedBatch([], { mode: 'quick' }, ['a', undefined]), { each: [undefined, undefined], wholeMs: undefined });
  t.same(estimatedBatch([took(60)], { mode: 'quick' }, [undefined]), { each: [60_000], wholeMs: 60_000 });
});
