import t from 'tap';
import { isRegressed, timeRange, trendPlot, valueRange } from '../../../src/web/trends/trend-plot.js';
import { at, regression, trendSeries as series } from '../../fixtures/trend-series.js';

t.test('draws the runs that know the figure, with the band of good ones', async (t) => {
  const plot = trendPlot(series(), 'decode_speed');
  t.same(plot?.values, [100, 101, 88]);
  t.same(plot?.runIds, ['r1', 'r2', 'r3']);
  t.equal(plot?.times[0], Date.parse(at(1)) / 1000);
  t.same(plot?.regressed, [null, null, null]);
  t.match(plot?.band, { median: 100 });
  // 1.645 standard deviations, each of 1.4826 median absolute deviations.
  t.ok(Math.abs((plot?.band?.high ?? 0) - 102.439) < 0.001);
  t.equal(trendPlot(series(), 'ttft'), undefined);
});

t.test('marks the runs since a regression began', async (t) => {
  t.same(trendPlot(series({ regression }), 'decode_speed')?.regressed, [null, null, 88]);
  t.equal(isRegressed(series({ regression })), true);
  t.equal(isRegressed(series()), false);
});

t.test('has no band while the baseline is being learned', async (t) => {
  const learning = { regression: { status: 'learning', samples: 3, needed: 5 }, baseline: null };
  t.equal(trendPlot(series(learning), 'decode_speed')?.band, undefined);
});

t.test('the range shows noise as noise and holds every value and the band', async (t) => {
  const [low, high] = valueRange({ values: [99.9, 100.1], band: undefined });
  t.ok(low < 90 && high > 110);
  const [lowest, highest] = valueRange({ values: [50, 200], band: { low: 90, high: 110, median: 100 } });
  t.ok(lowest < 50 && highest > 200);
  t.equal(valueRange({ values: [0, 10], band: undefined })[0], 0);
});

t.test('a single run has an hour around it', async (t) => {
  const at = Date.parse('2026-11-28T12:00:00Z') / 1000;
  t.same(timeRange([at]), [at - 1800, at + 1800]);
  t.same(timeRange([at - 7200, at]), [at - 7200, at]);
});
