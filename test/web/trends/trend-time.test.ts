import t from 'tap';
import { boundsOf, choicesFor, type TrendTime, timeOf } from '../../../src/web/trends/trend-time.js';
import { choicesOf, hrefOf } from '../../../src/web/ui/route.js';

const NOW_MS = Date.parse('2026-11-28T12:00:00.000Z');

t.test('a time stands in the address, and is read from it again', async (t) => {
  const times: readonly TrendTime[] = [
    { kind: 'last' },
    { kind: 'span', span: '2y' },
    { kind: 'drawn', fromMs: NOW_MS - 1000, toMs: NOW_MS },
  ];
  for (const time of times) t.same(timeOf(choicesOf(hrefOf({ view: 'trends' }, choicesFor(time)))), time);
});

t.test('what is no time is the last runs', async (t) => {
  const wrong = ['range=5y', 'range=__proto__', 'from=2026-01-01', 'from=x&to=y', 'from=2026-01-02&to=2026-01-01'];
  for (const query of wrong) t.same(timeOf(new URLSearchParams(query)), { kind: 'last' }, query);
});

t.test('a span ends now, and the last runs are as long as they are', async (t) => {
  t.same(boundsOf({ kind: 'span', span: '24h' }, NOW_MS), [NOW_MS - 86_400_000, NOW_MS]);
  t.same(boundsOf({ kind: 'drawn', fromMs: 1, toMs: 2 }, NOW_MS), [1, 2]);
  t.equal(boundsOf({ kind: 'last' }, NOW_MS), undefined);
});
