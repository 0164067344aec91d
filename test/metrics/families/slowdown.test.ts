import { spawnSync } from 'node:child_process';
import t from 'tap';
import type { SignalName } from '../../../src/trends/signal.js';
import type { SignalTrend, Trend } from '../../../src/trends/trend.js';
import { benchmarkResult, testResult } from '../../fixtures/benchmark-result.js';
import { metricsBench, noSettings } from '../../fixtures/metrics-bench.js';
import { skipWithoutPrometheus } from '../../fixtures/prometheus-package.js';
import { at, regression } from '../../fixtures/trend-series.js';

const MODEL = 'hermes';

function signal(name: SignalName, normal: number, now: number, since?: string, cause: object = {}): SignalTrend {
  return {
    signal: name,
    unit: name === 'ttft' ? 's' : 'tokens/s',
    worse: name === 'ttft' ? 'higher' : 'lower',
    baseline: { median: normal, mad: 1, samples: 20, from: at(1), to: at(2) },
    current: { median: now, samples: 4 },
    change_ratio: now / normal - 1,
    regression: since === undefined ? { status: 'steady' } : { ...regression, ...cause, status: 'active', since },
    last_month: { status: 'unknown', reason: 'few_days', days: 9, needed: 14 },
    drift: [],
  } as SignalTrend;
}

function trend(test_id: string, ...signals: readonly SignalTrend[]): Trend {
  const series = { machine_id: 'm', target: 'local', model: MODEL, test_id, workload_version: 1 };
  return { series, runs: 9, last_run_at: at(9), reset: null, dismissed: null, signals: [...signals] };
}

function summarised(t: Parameters<typeof metricsBench>[0], trends: readonly Trend[]) {
  const settings = { ...noSettings, targets: [{ name: 'local', labels: { owner: 'ml' } }] };
  const bench = metricsBench(t, { settings });
  const benchmarks = trends.map(({ series }) => testResult({ test_id: series.test_id }));
  bench.metrics.observeResult(benchmarkResult({ target: 'local', model: MODEL, benchmarks }));
  bench.metrics.observeTrends(() => trends);
  const summary = async (name: string) => (await bench.read(`typhon_slowdown_${name}`))[0];
  return { ...bench, summary };
}

t.test('one slowdown in several tests and signals is one sample, of the worst test', async (t) => {
  const change = { factor: 'gpu_driver', before: '550', after: '560', words: 'GPU driver 550 → 560', explains: true };
  const { read, summary } = summarised(t, [
    trend('short', signal('decode_speed', 100, 80, at(4)), signal('ttft', 0.1, 0.4, at(3))),
    trend(
      'sweep',
      signal('decode_speed', 90, 60, at(5), { changes: [change] }),
      signal('prefill_speed', 900, 100, at(5)),
    ),
    trend('long', signal('decode_speed', 80, 80)),
    trend('new'),
  ]);
  const labels = { owner: 'ml', target: 'local', model: MODEL };
  t.same(
    (await read('typhon_slowdown_slower_tests')).map((sample) => [sample.labels, sample.value]),
    [[labels, 2]],
  );
  t.match(await summary('judged_tests'), { labels, value: 3 }, 'a test without a baseline is none of them');
  t.match(await summary('info'), { labels: { ...labels, test: 'sweep', signal: 'decode_speed', cause: change.words } });
  t.match(await summary('tokens_per_second'), { labels, value: 60 });
  t.match(await summary('baseline_tokens_per_second'), { labels, value: 90 });
  t.match(await summary('ratio'), { value: 60 / 90 - 1 });
  t.match(await summary('since_timestamp_seconds'), { value: Date.parse(at(3)) / 1000 });
  t.equal(await summary('time_to_first_token_seconds'), undefined);
});

t.test('a longer wait alone is told in seconds', async (t) => {
  const { summary } = summarised(t, [
    trend('short', signal('decode_speed', 100, 100), signal('ttft', 0.1, 0.4, at(3), { culprit: 'machine' })),
  ]);
  t.match(await summary('time_to_first_token_seconds'), { value: 0.4 });
  t.match(await summary('baseline_time_to_first_token_seconds'), { value: 0.1 });
  t.equal(await summary('tokens_per_second'), undefined);
  t.match((await summary('info'))?.labels, { signal: 'ttft', cause: /the machine/ });
});

t.test('a machine that is well has a summary without a worst test, one that learns has none', async (t) => {
  const well = summarised(t, [trend('short', signal('decode_speed', 100, 100))]);
  t.match(await well.summary('slower_tests'), { value: 0 });
  for (const name of ['info', 'ratio', 'since_timestamp_seconds']) t.equal(await well.summary(name), undefined, name);
  const { metrics } = summarised(t, [trend('short')]);
  t.notMatch((await metrics.scrape(undefined)).body, /typhon_slowdown/);
});

t.test('heat and energy are no slowness', async (t) => {
  const { summary } = summarised(t, [
    trend('short', signal('decode_speed', 100, 100), signal('peak_temperature', 60, 80, at(3))),
  ]);
  t.match(await summary('slower_tests'), { value: 0 });
});

t.test('promtool takes the names', { skip: skipWithoutPrometheus() }, async (t) => {
  const { metrics } = summarised(t, [trend('short', signal('decode_speed', 100, 60, at(3)))]);
  const { body } = await metrics.scrape(undefined);
  t.match(body, 'typhon_slowdown_slower_tests{');
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' });
  t.equal(`${stdout}${stderr}`, '');
  t.equal(status, 0);
});
