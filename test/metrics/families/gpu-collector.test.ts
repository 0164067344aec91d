import t from 'tap';
import type { CollectorState } from '../../../src/hardware/collector-health.js';
import { metricsBench } from '../../fixtures/metrics-bench.js';

const names = [
  'typhon_gpu_collector_up',
  'typhon_gpu_collector_last_success_timestamp_seconds',
  'typhon_gpu_collector_failures_total',
  'typhon_gpus_expected',
  'typhon_gpus_seen',
];

const nvidia: CollectorState = {
  vendor: 'nvidia',
  isUp: false,
  lastSuccess: new Date('2026-11-21T14:40:00.500Z'),
  failures: 3,
  problem: 'nvidia-smi answers: No devices were found',
};

t.test('whether readings come, of which vendor, and how many cards answer', async (t) => {
  const gpuHealth = { collectors: [nvidia], expected: 2, seen: 0, problems: [] };
  const { read, value } = metricsBench(t, { gpuHealth });
  t.same(await read('typhon_gpu_collector_up'), [
    { name: 'typhon_gpu_collector_up', labels: { vendor: 'nvidia' }, value: 0 },
  ]);
  t.equal(await value('typhon_gpu_collector_last_success_timestamp_seconds'), 1_795_272_000.5);
  t.equal(await value('typhon_gpu_collector_failures_total'), 3);
  t.equal(await value('typhon_gpus_expected'), 2);
  t.equal(await value('typhon_gpus_seen'), 0);
});

t.test('what is not known yet is absent', async (t) => {
  const waiting = { ...nvidia, isUp: undefined, lastSuccess: undefined, failures: 0, problem: undefined };
  const gpuHealth = { collectors: [waiting], expected: 0, seen: undefined, problems: [] };
  const { read, value } = metricsBench(t, { gpuHealth });
  t.same(await read('typhon_gpu_collector_up'), []);
  t.same(await read('typhon_gpu_collector_last_success_timestamp_seconds'), []);
  t.same(await read('typhon_gpus_seen'), []);
  t.equal(await value('typhon_gpu_collector_failures_total'), 0);
});

t.test('on a machine without GPUs there is nothing', async (t) => {
  const { read } = metricsBench(t);
  for (const name of names) t.same(await read(name), [], name);
});
