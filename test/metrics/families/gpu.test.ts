import t from 'tap';
import { blankSample, type GpuSample } from '../../../src/hardware/gpu-sample.js';
import { metricsBench } from '../../fixtures/metrics-bench.js';

const known: GpuSample = {
  ...blankSample('nvidia', 0, 0),
  uuid: 'GPU-1',
  name: 'NVIDIA GeForce RTX 3090',
  driver: '580.95.05',
  memoryUsedBytes: 8e9,
  memoryTotalBytes: 24e9,
  tempC: 70,
  memoryTempC: 80,
  powerW: 210,
  powerLimitW: 350,
  energyJ: 12_345.5,
  utilRatio: 0.94,
  smClockMhz: 1860,
  memoryClockMhz: 9501,
  throttle: { sw_power_cap: true, hw_thermal_slowdown: false },
  throttledMs: { sw_power_cap: 1500 },
  pcieGen: 3,
  pcieGenMax: 4,
  pcieWidth: 8,
  pcieWidthMax: 16,
  eccUncorrected: 2,
};

t.test('all that the driver tells is told in base units', async (t) => {
  const { read } = metricsBench(t, { gpus: [known] });
  const figures = {
    typhon_gpu_memory_used_bytes: 8e9,
    typhon_gpu_memory_total_bytes: 24e9,
    typhon_gpu_temperature_celsius: 70,
    typhon_gpu_memory_temperature_celsius: 80,
    typhon_gpu_power_watts: 210,
    typhon_gpu_power_limit_watts: 350,
    typhon_gpu_utilization_ratio: 0.94,
    typhon_gpu_pcie_link_width: 8,
    typhon_gpu_pcie_link_width_max: 16,
    typhon_gpu_pcie_link_generation: 3,
    typhon_gpu_pcie_link_generation_max: 4,
    typhon_gpu_ecc_errors_total: 2,
    typhon_gpu_energy_joules_total: 12_345.5,
  };
  for (const [name, value] of Object.entries(figures)) {
    t.same(await read(name), [{ name, labels: { gpu: '0', uuid: 'GPU-1' }, value }]);
  }
  t.match(await read('typhon_gpu_clock_hertz'), [
    { labels: { clock: 'sm' }, value: 1.86e9 },
    { labels: { clock: 'memory' }, value: 9.501e9 },
  ]);
  t.match(await read('typhon_gpu_throttle_active'), [
    { labels: { reason: 'hw_thermal_slowdown' }, value: 0 },
    { labels: { reason: 'sw_power_cap' }, value: 1 },
  ]);
  t.match(await read('typhon_gpu_throttled_seconds_total'), [{ labels: { reason: 'sw_power_cap' }, value: 1.5 }]);
  t.match(await read('typhon_gpu_info'), [
    {
      labels: { name: 'NVIDIA GeForce RTX 3090', vendor: 'nvidia', driver: '580.95.05', memory: 'dedicated' },
      value: 1,
    },
  ]);
});

t.test('what a driver does not tell is not published; the card itself is', async (t) => {
  const { metrics } = metricsBench(t, { gpus: [blankSample('amd', 1, 0)] });
  const { body } = await metrics.scrape(undefined);
  const lines = body.split('\n').filter((line) => line.startsWith('typhon_gpu'));
  t.same(lines, ['typhon_gpu_info{gpu="1",uuid="",name="",vendor="amd",driver="",memory="dedicated"} 1']);
});

t.test('a scrape lets the sampler know that somebody reads', async (t) => {
  const { metrics, world } = metricsBench(t);
  await metrics.scrape(undefined);
  await metrics.scrape(undefined);
  t.equal(world.scrapes, 2);
});
