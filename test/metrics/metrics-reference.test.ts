import { readFileSync } from 'node:fs';
import t from 'tap';
import { blankSample, type GpuSample, throttleReasons } from '../../src/hardware/gpu-sample.js';
import { metricsReference, mostSamples } from '../../src/metrics/metrics-reference.js';
import { metricDefinitions } from '../../src/metrics/registry.js';
import { schedule } from '../fixtures/api-bench.js';
import { benchmarkResult, gpuStats, testResult } from '../fixtures/benchmark-result.js';
import { metricsBench } from '../fixtures/metrics-bench.js';

t.test('the file is the one that the code makes, with every metric', async (t) => {
  const text = readFileSync('docs/metrics.md', 'utf8');
  t.equal(text, metricsReference());
  for (const { name, help } of metricDefinitions) t.match(text, `| \`${name}\` |`, help);
});

function each<Value>(value: Value): Record<(typeof throttleReasons)[number], Value> {
  return Object.fromEntries(throttleReasons.map((reason) => [reason, value])) as Record<
    (typeof throttleReasons)[number],
    Value
  >;
}

t.test('no scrape has more samples of a metric than the reference says', async (t) => {
  const gpu: GpuSample = {
    ...blankSample('nvidia', 0, 0),
    uuid: 'GPU-1',
    smClockMhz: 1800,
    memoryClockMhz: 9500,
    throttle: each(false),
    throttledMs: each(0),
  };
  const { metrics, read } = metricsBench(t, {
    gpus: [gpu],
    schedules: [{ schedule, paused: false, nextRun: new Date(), lastRun: undefined, lastSkip: undefined }],
    targets: [{ name: 'local', labels: {}, state: 'down' }],
    runner: { phase: 'decode_stream', secondsInPhase: 1 },
  });
  metrics.observeResult(benchmarkResult({ benchmarks: [testResult({ gpu_stats: gpuStats() })] }));
  let metricsWithSamples = 0;
  for (const definition of metricDefinitions) {
    const samples = await read(definition.name);
    const most = mostSamples(definition, { S: 1, G: gpuStats().gpus.length, T: 1, C: 1, N: 1 });
    t.ok(samples.length <= most, `${definition.name}: ${samples.length} of at most ${most}`);
    if (samples.length > 0) metricsWithSamples += 1;
  }
  t.ok(metricsWithSamples > 40, `${metricsWithSamples} metrics have samples`);
});
