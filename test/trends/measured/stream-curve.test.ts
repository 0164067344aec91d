import t from 'tap';
import { streamCurve } from '../../../src/trends/measured/stream-curve.js';
import { failedTestResult, testResult } from '../../fixtures/benchmark-result.js';

const load = (streams: number, fields: Parameters<typeof testResult>[0] = {}) =>
  testResult({ test_id: `concurrency_${streams}`, category: 'load', concurrency: streams, ...fields });

t.test('one stream first, then as many as there were, each beside what all get together', async (t) => {
  const single = testResult({ completion_tokens: 64, avg_elapsed_s: 0.8, avg_tps: 90 });
  const tests = [load(8, { aggregate_tps: 320, avg_tps: 41 }), load(2, { aggregate_tps: 152 }), single];
  t.match(streamCurve(tests), [
    { streams: 1, test_id: 'baseline_short', aggregate_tps: 80, aggregate_ratio: 1, stream_tps: 90 },
    { streams: 2, aggregate_tps: 152, aggregate_ratio: 1.9 },
    { streams: 8, aggregate_tps: 320, aggregate_ratio: 4, stream_tps: 41 },
  ]);
});

t.test('a run without a load test has no curve', async (t) => {
  t.same(streamCurve([testResult()]), []);
});

t.test('a load test that failed says so, and without a single stream nothing is a multiple of it', async (t) => {
  t.match(streamCurve([failedTestResult({ category: 'load', concurrency: 4 }), load(2, { aggregate_tps: 150 })]), [
    { streams: 2, aggregate_tps: 150, aggregate_ratio: null },
    { streams: 4, aggregate_tps: null, aggregate_ratio: null, error: 'timeout' },
  ]);
});
