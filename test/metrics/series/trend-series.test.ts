import t from 'tap';
import type { VisibleSeries } from '../../../src/metrics/series/benchmark-series.js';
import { RequestCounts } from '../../../src/metrics/series/request-counts.js';
import { TrendMetricSeries } from '../../../src/metrics/series/trend-series.js';
import type { Trend } from '../../../src/trends/trend.js';

function shown(testId: string, server = 'vllm', lastSuccessAtMs?: number): VisibleSeries {
  const identity = { target: 'a', server, model: 'm', testId, category: undefined, ctxSize: undefined };
  const labels = server === 'vllm' ? { test: testId } : { test: testId, server };
  const counts = new RequestCounts();
  return { identity, labels, counts, attempt: undefined, measured: undefined, lastSuccessAtMs };
}

function trend(test_id: string, fields: Partial<Trend> & { machine?: string } = {}): Trend {
  const { machine = 'one', ...rest } = fields;
  const series = { machine_id: machine, target: 'a', model: 'm', test_id, workload_version: 1 };
  return {
    series,
    runs: 1,
    last_run_at: '2026-01-01T00:00:00.000Z',
    reset: null,
    dismissed: null,
    signals: [],
    ...rest,
  };
}

t.test('only trends of series that are shown are', async (t) => {
  let visible: readonly VisibleSeries[] = Object.freeze([shown('x')]);
  const trends = new TrendMetricSeries({ visible: () => visible });
  trends.observe(() => [trend('x'), trend('y')]);
  t.same(
    trends.visible().map(({ labels }) => labels),
    [{ test: 'x' }],
  );
  t.equal(trends.visible(), trends.visible());
  visible = Object.freeze([shown('y'), shown('z')]);
  t.same(
    trends.visible().map(({ labels }) => labels),
    [{ test: 'y' }],
  );
});

t.test('of several kinds of servers, or one that is not known, the one measured last has the trend', async (t) => {
  for (const order of [1, -1]) {
    const series = [shown('x', 'ollama', 2), shown('x', 'vllm', 1), shown('x', '', 1)];
    const trends = new TrendMetricSeries({ visible: () => (order === 1 ? series : series.toReversed()) });
    trends.observe(() => [trend('x')]);
    t.same(
      trends.visible().map(({ labels }) => labels),
      [{ test: 'x', server: 'ollama' }],
    );
  }
});

t.test('of several workloads or machines the one with the newest run counts', async (t) => {
  const trends = new TrendMetricSeries({ visible: () => Object.freeze([shown('x')]) });
  const newest = trend('x', { machine: 'two', last_run_at: '2026-03-01T00:00:00.000Z' });
  trends.observe(() => [trend('x'), newest, trend('x', { machine: 'three' })]);
  t.same(
    trends.visible().map((series) => series.trend),
    [newest],
  );
});

t.test('trends are computed once, when they are asked for', async (t) => {
  const trends = new TrendMetricSeries({ visible: () => Object.freeze([shown('x')]) });
  let computed = 0;
  trends.observe(() => {
    computed += 1;
    return [trend('x')];
  });
  t.equal(computed, 0);
  for (let scrape = 0; scrape < 3; scrape += 1) t.equal(trends.visible().length, 1);
  t.equal(computed, 1);
});
