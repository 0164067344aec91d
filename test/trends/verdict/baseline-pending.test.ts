import t from 'tap';
import { baselinePendingOf } from '../../../src/trends/verdict/baseline-pending.js';
import { trendSeries } from '../../fixtures/trend-series.js';

const learning = (samples: number) =>
  trendSeries({ regression: { status: 'learning', samples, needed: 5 }, baseline: null });

t.test('until the decode speed of any test is judged, by the test that is furthest', async (t) => {
  t.match(baselinePendingOf([learning(1), learning(3), learning(2)]), { samples: 3, needed: 5 });
  t.equal(baselinePendingOf([learning(3), trendSeries()]), undefined);
  t.same(baselinePendingOf([]), { samples: 0, needed: undefined }, 'no run has brought a figure');
});

t.test('figures that make nothing slower count for nothing', async (t) => {
  const [series] = [learning(1)];
  const signals = series.signals.map((signal) => ({ ...signal, signal: 'energy_per_token' as const }));
  t.equal(baselinePendingOf([trendSeries(), { ...series, signals }]), undefined);
  t.same(baselinePendingOf([{ ...series, signals }]), { samples: 0, needed: undefined });
});
