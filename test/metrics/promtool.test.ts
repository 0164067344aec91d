/** What Prometheus' own linter says of `/metrics`. Debian's package `prometheus` brings it. */
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { blankSample } from '../../src/hardware/gpu-sample.js';
import { benchmarkResult, failedTestResult, gpuStats, testResult } from '../fixtures/benchmark-result.js';
import { metricsBench } from '../fixtures/metrics-bench.js';

const isInstalled = spawnSync('promtool', ['--version']).error === undefined;
// Where everything is to be checked, a tool that is missing must not pass for a check.
const mayBeMissing = process.env['CI'] !== 'true';
const skip = !isInstalled && mayBeMissing ? 'promtool is not installed' : false;

t.test('promtool has no complaint about any metric', { skip }, async (t) => {
  const server = { kind: 'vllm', version: '0.9', model: 'm "quoted" \\ 模型', contextLength: 4096 };
  const known = { ...blankSample('nvidia', 0, 0), uuid: 'GPU-1', energyJ: 5, eccUncorrected: 0, smClockMhz: 1860 };
  const { metrics } = metricsBench(t, {
    gpus: [{ ...known, throttle: { thermal: true }, throttledMs: { thermal: 5 } }],
    targets: [{ name: 'a', labels: { room: '1' }, state: 'up', server }],
    runner: { phase: 'decode_stream', secondsInPhase: 1.5 },
  });
  const benchmarks = [testResult({ gpu_stats: gpuStats() }), failedTestResult({ test_id: 'stress' })];
  metrics.observeResult(benchmarkResult({ model: server.model, benchmarks }));
  const { body } = await metrics.scrape(undefined);
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' });
  t.equal(`${stdout ?? ''}${stderr ?? ''}`, '');
  t.equal(status, 0);
});
