import t from 'tap';
import { gpuStatsSchema, hostStatsSchema } from '../../src/benchmark/result.js';
import { blankSample, type GpuSample } from '../../src/hardware/gpu-sample.js';
import type { HostSample } from '../../src/hardware/host/host-sample.js';
import type { WindowSamples } from '../../src/hardware/sampler.js';
import { gpuStatsOf as gpuStats, hostStatsOf } from '../../src/hardware/window.js';
import { NONE } from '../fixtures/none.js';
import { windowCard } from '../fixtures/window-card.js';

const MIB = 2 ** 20;
const INTERVAL_MS = 200;

function gpu(atMs: number, fields: Partial<GpuSample> = {}): GpuSample {
  return {
    ...blankSample('nvidia', 0, atMs),
    uuid: 'GPU-0',
    name: 'NVIDIA GeForce RTX 3090',
    memoryUsedBytes: 8000 * MIB,
    memoryTotalBytes: 24_576 * MIB,
    tempC: 60,
    powerW: 200,
    powerLimitW: 350,
    utilRatio: 0.9,
    smClockMhz: 1800,
    throttle: { sw_power_cap: false, hw_thermal_slowdown: false },
    ...fields,
  };
}

function times(startMs: number, endMs: number): number[] {
  return Array.from({ length: (endMs - startMs) / INTERVAL_MS + 1 }, (_, place) => startMs + place * INTERVAL_MS);
}

function samplesOf(startMs: number, endMs: number, gpus: readonly (readonly GpuSample[])[]): WindowSamples {
  const cards = gpus.map((samples) => windowCard(samples));
  return { window: { startMs, endMs }, intervalMs: INTERVAL_MS, gpus: cards, host: [] };
}

/** Of cards that answered all the time. */
const gpuStatsOf = (samples: WindowSamples, tokens: number) => gpuStats(samples, tokens, true);

t.test('the statistics of one GPU, which has the shape of the contract', async (t) => {
  const readings = times(0, 3000).map((atMs) => gpu(atMs));
  readings[6] = gpu(1200, { memoryUsedBytes: 8240 * MIB, tempC: 71, powerW: 218, utilRatio: 1 });
  const stats = gpuStatsOf(samplesOf(1000, 2000, [readings]), 100);
  t.same(gpuStatsSchema.parse(stats), stats);
  const expected = {
    peak_vram_used_mb: 8240,
    avg_vram_used_mb: 8040,
    peak_temp_c: 71,
    avg_temp_c: 61.8333,
    peak_power_w: 218,
    avg_power_w: 203,
    avg_util_pct: 91.6667,
    energy_j: 203.6,
    joules_per_token: 2.036,
    throttled_ratio: 0,
    sample_count: 6,
  };
  t.match(stats, expected);
  t.match(stats?.gpus, [
    {
      index: 0,
      uuid: 'GPU-0',
      name: 'NVIDIA GeForce RTX 3090',
      memory: 'dedicated',
      ...expected,
      vram_total_mb: 24_576,
      power_limit_w: 350,
      avg_sm_clock_mhz: 1800,
      avg_memory_clock_mhz: null,
      pcie_gen: null,
      throttling: NONE,
      new_ecc_errors: null,
    },
  ]);
});

t.test('the temperature at the start is that of the last reading before it, else of the first one after', async (t) => {
  const warming = times(0, 2000).map((atMs) => gpu(atMs, { tempC: 40 + atMs / 100 }));
  t.match(gpuStatsOf(samplesOf(1100, 2000, [warming]), 10), { start_temp_c: 50, gpus: [{ start_temp_c: 50 }] });
  t.match(gpuStatsOf(samplesOf(1100, 2000, [warming.slice(6)]), 10), { start_temp_c: 52 });
  const mute = warming.map((sample) => (sample.atMs === 1000 ? { ...sample, tempC: undefined } : sample));
  t.match(gpuStatsOf(samplesOf(1100, 2000, [mute]), 10), { start_temp_c: 48 }, 'that told one');
});

t.test('what was before or after the window leaves no trace', async (t) => {
  const readings = times(0, 3000).map((atMs) => {
    const outside = atMs < 1000 || atMs > 2000;
    return outside ? gpu(atMs, { tempC: 99, utilRatio: 0, throttle: { hw_thermal_slowdown: true } }) : gpu(atMs);
  });
  t.match(gpuStatsOf(samplesOf(1000, 2000, [readings]), 1), {
    peak_temp_c: 60,
    avg_util_pct: 90,
    throttled_ratio: 0,
    energy_j: 200,
    gpus: [{ throttling: NONE }],
  });
});

t.test('a window shorter than two intervals takes its neighbours and says so in its count', async (t) => {
  const readings = [gpu(1000, { powerW: 100 }), gpu(1200, { powerW: 300 })];
  t.match(gpuStatsOf(samplesOf(1050, 1150, [readings]), 10), {
    sample_count: 2,
    avg_power_w: 200,
    energy_j: 20,
    joules_per_token: 2,
  });
});

t.test('two GPUs: memory, power and energy are added, the hotter counts, utilisation is the mean', async (t) => {
  const first = times(800, 2200).map((atMs) => gpu(atMs, { powerW: atMs === 1200 ? 300 : 200 }));
  const second = times(800, 2200).map((atMs) =>
    gpu(atMs, {
      index: 1,
      uuid: 'GPU-1',
      memoryUsedBytes: 4000 * MIB,
      tempC: 80,
      powerW: atMs === 1600 ? 150 : 100,
      utilRatio: 0.5,
      throttle: { sw_power_cap: atMs >= 1500 },
    }),
  );
  const stats = gpuStatsOf(samplesOf(1000, 2000, [first, second]), 100);
  t.match(stats, {
    peak_vram_used_mb: 12_000,
    avg_vram_used_mb: 12_000,
    peak_temp_c: 80,
    avg_temp_c: 80,
    peak_power_w: 400,
    avg_power_w: 325,
    avg_util_pct: 70,
    energy_j: 330,
    joules_per_token: 3.3,
    throttled_ratio: 0.5,
    sample_count: 6,
  });
  t.same(
    stats?.gpus.map((each) => [each.index, each.uuid, each.energy_j, each.joules_per_token, each.throttled_ratio]),
    [
      [0, 'GPU-0', 220, 2.2, 0],
      [1, 'GPU-1', 110, 1.1, 0.5],
    ],
  );
});

t.test('a figure that one of two GPUs does not tell is unknown for both together', async (t) => {
  const first = times(800, 2200).map((atMs) => gpu(atMs));
  const second = times(800, 2200).map((atMs) =>
    gpu(atMs, { index: 1, powerW: undefined, memoryUsedBytes: undefined, utilRatio: undefined, tempC: undefined }),
  );
  t.match(gpuStatsOf(samplesOf(1000, 2000, [first, second]), 100), {
    peak_vram_used_mb: null,
    avg_vram_used_mb: null,
    avg_power_w: null,
    peak_power_w: null,
    avg_util_pct: null,
    energy_j: null,
    joules_per_token: null,
    peak_temp_c: 60,
    sample_count: 6,
  });
});

t.test('nothing that is unknown is written as 0', async (t) => {
  const readings = times(800, 2200).map((atMs) => blankSample('intel', 0, atMs));
  const stats = gpuStatsOf(samplesOf(1000, 2000, [readings]), 100);
  t.same(gpuStatsSchema.parse(stats), stats);
  const { sample_count: count, gpus, ...figures } = stats ?? { sample_count: 0, gpus: [] };
  t.equal(count, 6);
  for (const [name, value] of Object.entries(figures)) t.equal(value, null, name);
  t.match(gpus, [{ throttled_ratio: null, vram_total_mb: null, new_ecc_errors: null, throttling: NONE }]);
});

t.test('no GPU, or none that gave a reading for the window, is no statistics', async (t) => {
  t.equal(gpuStatsOf(samplesOf(1000, 2000, []), 100), null);
  t.equal(gpuStatsOf(samplesOf(1000, 2000, [[gpu(0), gpu(9000)]]), 100), null);
  const stats = gpuStatsOf(samplesOf(1000, 2000, [times(800, 2200).map((atMs) => gpu(atMs)), []]), 100);
  t.equal(stats?.gpus.length, 1);
});

t.test('energy across a gap in the readings is unknown, the rest is not', async (t) => {
  const readings = [...times(800, 1400), ...times(5000, 6200)].map((atMs) => gpu(atMs));
  t.match(gpuStatsOf(samplesOf(1000, 6000, [readings]), 100), {
    energy_j: null,
    joules_per_token: null,
    avg_power_w: 200,
    peak_temp_c: 60,
  });
});

t.test("the driver's own counter of energy is preferred to the integral", async (t) => {
  const readings = times(800, 2200).map((atMs) => gpu(atMs, { energyJ: 5000 + atMs * 0.21 }));
  t.match(gpuStatsOf(samplesOf(1000, 2000, [readings]), 100), { energy_j: 210 });
});

t.test('a counter that contradicts the power readings, or starts anew, gives way to them', async (t) => {
  const wrongUnit = times(800, 2200).map((atMs) => gpu(atMs, { energyJ: atMs * 210 }));
  t.match(gpuStatsOf(samplesOf(1000, 2000, [wrongUnit]), 100), { energy_j: 200 });
  const standing = times(800, 2200).map((atMs) => gpu(atMs, { energyJ: 7 }));
  t.match(gpuStatsOf(samplesOf(1000, 2000, [standing]), 100), { energy_j: 200 });
  const restarted = times(800, 2200).map((atMs) => gpu(atMs, { energyJ: atMs < 1500 ? atMs : atMs - 1500 }));
  t.match(gpuStatsOf(samplesOf(1000, 2000, [restarted]), 100), { energy_j: 200 });
});

t.test('a counter alone is enough for the energy', async (t) => {
  const readings = times(800, 2200).map((atMs) => gpu(atMs, { powerW: undefined, energyJ: atMs * 0.15 }));
  t.match(gpuStatsOf(samplesOf(1000, 2000, [readings]), 100), { energy_j: 150, avg_power_w: null });
});

t.test('without completion tokens there is no energy per token', async (t) => {
  t.match(gpuStatsOf(samplesOf(1000, 2000, [times(800, 2200).map((atMs) => gpu(atMs))]), 0), {
    energy_j: 200,
    joules_per_token: null,
  });
});

t.test('each reason for throttling is told with its share of the readings and the counted seconds', async (t) => {
  const readings = times(800, 2200).map((atMs) =>
    gpu(atMs, {
      throttle: { hw_thermal_slowdown: atMs > 1500, sw_power_cap: atMs === 1200, hw_slowdown: false },
      throttledMs: { hw_thermal_slowdown: 100_000 + Math.max(0, atMs - 1500), sw_power_cap: 5 },
    }),
  );
  const stats = gpuStatsOf(samplesOf(1000, 2000, [readings]), 100);
  t.match(stats, { throttled_ratio: 0.666667 });
  t.same(stats?.gpus[0]?.throttling, [
    { reason: 'hw_thermal_slowdown', kind: 'thermal', ratio: 0.5, seconds: 0.5 },
    { reason: 'sw_power_cap', kind: 'power', ratio: 0.166667, seconds: 0 },
  ]);
});

t.test('the best link and the errors of the window are told', async (t) => {
  const readings = times(800, 2200).map((atMs) =>
    gpu(atMs, {
      pcieGen: atMs === 1400 ? 3 : 1,
      pcieGenMax: 4,
      pcieWidth: 4,
      pcieWidthMax: 16,
      eccUncorrected: atMs < 1500 ? 2 : 5,
    }),
  );
  t.match(gpuStatsOf(samplesOf(1000, 2000, [readings]), 100)?.gpus, [
    { pcie_gen: 3, pcie_gen_max: 4, pcie_width: 4, pcie_width_max: 16, new_ecc_errors: 3 },
  ]);
});

function host(atMs: number, fields: Partial<HostSample> = {}): HostSample {
  return { atMs, energyJ: atMs * 0.065, powerW: 65, tempC: 55, utilRatio: 0.5, ...fields };
}

t.test('the processor has the same names in the same window', async (t) => {
  const readings = times(800, 2200).map((atMs) => host(atMs, atMs === 1400 ? { tempC: 61, powerW: 95 } : {}));
  const stats = hostStatsOf({ ...samplesOf(1000, 2000, []), host: readings }, 10);
  t.same(hostStatsSchema.parse(stats), stats);
  t.same(stats, {
    start_temp_c: 55,
    peak_temp_c: 61,
    avg_temp_c: 56,
    peak_power_w: 95,
    avg_power_w: 70,
    avg_util_pct: 50,
    energy_j: 65,
    joules_per_token: 6.5,
    sample_count: 6,
  });
});

t.test('a processor that tells nothing but its load has nothing but that', async (t) => {
  const readings = times(800, 2200).map((atMs) =>
    host(atMs, { energyJ: undefined, powerW: undefined, tempC: undefined }),
  );
  t.match(hostStatsOf({ ...samplesOf(1000, 2000, []), host: readings }, 10), {
    avg_util_pct: 50,
    peak_temp_c: null,
    energy_j: null,
    joules_per_token: null,
  });
  t.equal(hostStatsOf(samplesOf(1000, 2000, []), 10), null);
});
