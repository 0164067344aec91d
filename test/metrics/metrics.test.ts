import t from 'tap';
import { blankSample } from '../../src/hardware/gpu-sample.js';
import { endedJob, pendingJob, startedJob } from '../../src/jobs/job.js';
import { metricDefinitions } from '../../src/metrics/registry.js';
import { MOST_SERIES_PER_TARGET } from '../../src/metrics/series/benchmark-series.js';
import { benchmarkResult, gpuStats, testResult } from '../fixtures/benchmark-result.js';
import { metricsBench, noSettings, SOON_AFTER } from '../fixtures/metrics-bench.js';
import { readMetrics } from '../fixtures/metrics-text.js';

const hostile = 'm"o\\d\ne{l} 模型 \ud800';

t.test('both formats keep to their rules and say the same, whatever the model is called', async (t) => {
  const { metrics } = metricsBench(t, { gpus: [blankSample('nvidia', 0, 0)] });
  metrics.observeResult(benchmarkResult({ model: hostile, benchmarks: [testResult({ gpu_stats: gpuStats() })] }));
  const text = readMetrics((await metrics.scrape('text/plain')).body, 'text');
  const open = readMetrics((await metrics.scrape('application/openmetrics-text')).body, 'openmetrics');
  const own = (families: typeof text) =>
    [...families.values()].filter(({ name }) => name.startsWith('typhon_')).map(({ type, samples }) => [type, samples]);
  t.same(
    own(open).filter(([type]) => type !== 'histogram'),
    own(text).filter(([type]) => type !== 'histogram'),
  );
  t.equal(text.get('typhon_jobs_total')?.type, 'counter');
  t.equal(open.get('typhon_jobs')?.type, 'counter');
  t.match(
    text.get('typhon_benchmark_success')?.samples[0]?.labels['model'],
    /^m"o\\d\ne\{l\} 模型 \ufffd~[0-9a-f]{8}$/,
  );
});

t.test('labels are those that are declared, in help texts as they are declared', async (t) => {
  const { metrics } = metricsBench(t, { gpus: [blankSample('nvidia', 0, 0)] });
  metrics.observeResult(benchmarkResult({ benchmarks: [testResult({ gpu_stats: gpuStats() })] }));
  const families = readMetrics((await metrics.scrape(undefined)).body, 'text');
  for (const { name, help, labels, type } of metricDefinitions) {
    const family = families.get(name);
    if (family === undefined) continue;
    t.equal(family.help, help, name);
    for (const sample of family.samples) {
      const shown = Object.keys(sample.labels).filter((label) => type !== 'histogram' || label !== 'le');
      t.same(shown, labels, name);
    }
  }
});

t.test('no sample has a timestamp, and the process is told of', async (t) => {
  const { metrics } = metricsBench(t);
  const { body, contentType } = await metrics.scrape(undefined);
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  t.same(
    lines.filter((line) => line.replace(/\{.*\}/, '').split(' ').length !== 2),
    [],
  );
  t.match(body, /^process_cpu_seconds_total /m);
  t.match(body, /^nodejs_version_info\{/m);
  t.equal(contentType, 'text/plain; version=0.0.4; charset=utf-8');
});

t.test('fifty scrapes at once share one reading and are all answered', async (t) => {
  const { metrics, world } = metricsBench(t);
  metrics.observeResult(benchmarkResult());
  const answers = await Promise.all(Array.from({ length: 50 }, () => metrics.scrape(undefined)));
  t.equal(new Set(answers.map(({ body }) => body)).size, 1);
  t.equal(world.scrapes, 1);
  metrics.observeResult(benchmarkResult({ benchmarks: [testResult({ avg_tps: 70 })] }));
  t.match((await metrics.scrape(undefined)).body, /^typhon_benchmark_tokens_per_second\{.*\} 70$/m);
});

t.test('a scrape that fails does not spoil the next one', async (t) => {
  const { metrics, world } = metricsBench(t);
  Object.defineProperty(world, 'runner', {
    configurable: true,
    get: () => {
      throw new Error('broken');
    },
  });
  await t.rejects(metrics.scrape(undefined), { message: 'broken' });
  Object.defineProperty(world, 'runner', { value: undefined });
  t.match((await metrics.scrape(undefined)).body, /^typhon_build_info/m);
});

t.test('series are there, stay on a failed job, and vanish when stale or without their target', async (t) => {
  const { metrics, value, read, store, world } = metricsBench(t);
  metrics.observeResult(benchmarkResult());
  const job = startedJob(pendingJob('0000000a', { mode: 'quick', trigger: 'api' }, world.now), world.now);
  await store.put(job);
  await store.put(endedJob(job, { status: 'error', error: 'connection_refused' }, world.now));
  t.equal(await value('typhon_benchmark_success'), 0, 'the job had no target: the one that is discovered');
  t.equal(await value('typhon_benchmark_tokens_per_second'), 82.5);
  world.settings = { ...noSettings, targets: [{ name: 'elsewhere' }] };
  t.same(await read('typhon_benchmark_tokens_per_second'), []);
  t.same(await read('typhon_benchmark_requests_total'), []);
  world.settings = { ...noSettings, metrics: { staleAfterMs: 3_600_000 } };
  t.equal((await read('typhon_benchmark_tokens_per_second')).length, 1);
  world.now = new Date(Date.parse(SOON_AFTER) + 3_600_000);
  t.same(await read('typhon_benchmark_success'), []);
});

t.test(
  'ten thousand models with long names leave a scrape as large as it may be, and say what was given up',
  async (t) => {
    const { metrics, value, read } = metricsBench(t);
    const name = 'm'.repeat(10_000);
    const measure = (from: number, to: number) => {
      for (let model = from; model < to; model += 1)
        metrics.observeResult(benchmarkResult({ model: `${name}${model}` }));
    };
    measure(0, MOST_SERIES_PER_TARGET);
    const full = (await metrics.scrape(undefined)).body.length;
    measure(MOST_SERIES_PER_TARGET, 10_000);
    const { body } = await metrics.scrape(undefined);
    t.ok(Math.abs(body.length - full) < full / 100, `${body.length} beside ${full} characters`);
    t.equal((await read('typhon_benchmark_success')).length, MOST_SERIES_PER_TARGET);
    t.equal(await value('typhon_series_dropped_total'), 10_000 - MOST_SERIES_PER_TARGET);
    t.notMatch(body, 'm'.repeat(129));
  },
);
