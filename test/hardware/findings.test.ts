import t from 'tap';
import { findingSchema } from '../../src/benchmark/finding.js';
import type { SingleGpuStats } from '../../src/benchmark/result.js';
import { type FindingInput, findingsOf } from '../../src/hardware/findings.js';
import { gpuStats, singleGpuStats, testResult } from '../fixtures/benchmark-result.js';

const MIB = 2 ** 20;

function withGpu(...gpus: Partial<SingleGpuStats>[]) {
  return testResult({ gpu_stats: gpuStats({ gpus: gpus.map((gpu) => singleGpuStats(gpu)) }) });
}

function findings(input: Partial<FindingInput>) {
  const found = findingsOf({
    test: withGpu({}),
    window: { startMs: 0, endMs: 10_000 },
    earlier: [],
    lost: [],
    otherProcesses: [],
    ...input,
  });
  for (const finding of found) findingSchema.parse(finding);
  return found;
}

const codes = (input: Partial<FindingInput>) => findings(input).map(({ code }) => code);

t.test('a test that went as it should has nothing to say', async (t) => {
  t.same(findings({}), []);
  t.same(findings({ test: testResult({ gpu_stats: null }), window: undefined, otherProcesses: undefined }), []);
});

t.test('throttling by heat is told with its share and the temperature reached', async (t) => {
  const throttling = [{ reason: 'hw_thermal_slowdown', kind: 'thermal' as const, ratio: 0.45, seconds: 4.2 }];
  t.match(findings({ test: withGpu({ throttling, peak_temp_c: 91, sample_count: 11 }) }), [
    {
      code: 'thermal_throttling',
      message:
        "GPU 0 (NVIDIA GeForce RTX 3090) held its clocks down because of heat: hw_thermal_slowdown in 45 % of 11 readings (4.2 s by the driver's count); it reached 91 °C.",
    },
  ]);
});

t.test('throttling by power is told with draw and limit, beside that by heat', async (t) => {
  const throttling = [
    { reason: 'sw_power_cap', kind: 'power' as const, ratio: 0.02, seconds: null },
    { reason: 'sw_thermal_slowdown', kind: 'thermal' as const, ratio: 1, seconds: null },
  ];
  const found = findings({ test: withGpu({ throttling, peak_power_w: 349.6, power_limit_w: 350 }) });
  t.match(found, [
    { code: 'thermal_throttling' },
    {
      code: 'power_throttling',
      message: /sw_power_cap in 2\.0 % of 9 readings; it drew up to 350 W of a limit of 350 W/,
    },
  ]);
});

t.test('a count without a reading that shows the reason is not called throttling', async (t) => {
  const throttling = [{ reason: 'sw_power_cap', kind: 'power' as const, ratio: 0, seconds: 3.9 }];
  t.same(codes({ test: withGpu({ throttling }) }), []);
});

t.test('the general slowdown beside a thermal one is not taken for one by power, alone it is', async (t) => {
  const slowdown = { reason: 'hw_slowdown', kind: 'power' as const, ratio: 0.5, seconds: null };
  const heat = { reason: 'hw_thermal_slowdown', kind: 'thermal' as const, ratio: 0.5, seconds: null };
  t.same(codes({ test: withGpu({ throttling: [heat, slowdown] }) }), ['thermal_throttling']);
  t.same(codes({ test: withGpu({ throttling: [slowdown] }) }), ['power_throttling']);
  const more = { ...slowdown, ratio: 0.75 };
  t.same(codes({ test: withGpu({ throttling: [heat, more] }) }), ['thermal_throttling', 'power_throttling']);
});

t.test('what cannot be told is not filled in', async (t) => {
  const throttling = [{ reason: 'thermal', kind: 'thermal' as const, ratio: 1, seconds: null }];
  t.match(findings({ test: withGpu({ throttling, name: null, peak_temp_c: null }) }), [
    { message: /^GPU 0 held .* it reached an unknown number of °C\.$/ },
  ]);
});

t.test('a link below what the card can do is told when the GPU is at work', async (t) => {
  t.match(findings({ test: withGpu({ pcie_width: 4 }) }), [
    {
      code: 'pcie_link_degraded',
      message: /ran at 94 % load over PCIe 4\.0 x4; the card can do 4\.0 x16\./,
    },
  ]);
  t.same(codes({ test: withGpu({ pcie_gen: 1 }) }), ['pcie_link_degraded']);
  t.same(codes({ test: withGpu({ pcie_gen: 1, avg_util_pct: 49 }) }), [], 'an idle link may rest');
  t.same(codes({ test: withGpu({ pcie_gen: null, pcie_width: null }) }), []);
  t.same(codes({ test: withGpu({ pcie_width: 8, pcie_gen: null, pcie_gen_max: null }) }), ['pcie_link_degraded']);
});

t.test('memory above 90 % is nearly full', async (t) => {
  t.match(findings({ test: withGpu({ peak_vram_used_mb: 23_000, vram_total_mb: 24_576 }) }), [
    { code: 'vram_nearly_full', message: /had 94 % of its VRAM in use: 23000 of 24576 MiB/ },
  ]);
  t.same(codes({ test: withGpu({ peak_vram_used_mb: 900, vram_total_mb: 1000 }) }), []);
  t.same(codes({ test: withGpu({ peak_vram_used_mb: 900, vram_total_mb: null }) }), []);
  t.match(findings({ test: withGpu({ memory: 'unified', peak_vram_used_mb: 950, vram_total_mb: 1000 }) }), [
    { message: /95 % of its unified memory/ },
  ]);
});

t.test('new memory errors are told', async (t) => {
  t.match(findings({ test: withGpu({ new_ecc_errors: 3 }) }), [
    { code: 'ecc_errors', message: /counted 3 new uncorrected memory errors/ },
  ]);
  t.same(codes({ test: withGpu({ new_ecc_errors: 0 }) }), []);
});

const sweep = (ctx: number, tps: number | null, used: number) =>
  testResult({
    test_id: `ctx_sweep_${ctx}`,
    category: 'context_sweep',
    ctx_size: ctx,
    avg_tps: tps,
    gpu_stats: gpuStats({ gpus: [singleGpuStats({ peak_vram_used_mb: used, vram_total_mb: 24_576 })] }),
  });

t.test('speed that halves from one context to the next with full memory has spilled', async (t) => {
  const earlier = [testResult({ avg_tps: 90 }), sweep(2048, 85, 20_000), sweep(16_384, 60, 24_000)];
  const found = findings({ test: sweep(32_768, 30, 24_200), earlier });
  t.match(found, [
    { code: 'vram_nearly_full' },
    { code: 'spill_to_system_memory', message: /from 60\.0 tokens\/s at 16384 tokens of context to 30\.0 at 32768/ },
  ]);
});

t.test('speed that falls less, with room in memory or from another kind of test has not spilled', async (t) => {
  const spills = (input: Partial<FindingInput>) => codes(input).includes('spill_to_system_memory');
  t.notOk(spills({ test: sweep(8192, 31, 24_200), earlier: [sweep(4096, 60, 24_000)] }));
  t.notOk(spills({ test: sweep(8192, 10, 23_000), earlier: [sweep(4096, 60, 20_000)] }));
  t.notOk(spills({ test: sweep(8192, 10, 24_200), earlier: [testResult({ avg_tps: 90, ctx_size: 2048 })] }));
  t.notOk(spills({ test: sweep(8192, null, 24_200), earlier: [sweep(4096, 60, 24_000)] }));
  t.notOk(spills({ test: sweep(8192, 10, 24_200), earlier: [sweep(4096, null, 24_000)] }));
});

t.test('a GPU that mostly waits is told, over all GPUs together', async (t) => {
  const idle = (percent: number, count = 1) =>
    testResult({ gpu_stats: gpuStats({ avg_util_pct: percent, gpus: Array(count).fill(singleGpuStats()) }) });
  t.match(findings({ test: idle(12) }), [
    { code: 'low_utilisation', message: /The GPU was at work for 12 % of the time only/ },
  ]);
  t.match(findings({ test: idle(12, 2) }), [{ message: /The 2 GPUs together were at work for 24 %/ }]);
  t.same(codes({ test: idle(30, 2) }), [], 'layers split over two keep each at work half of the time');
  t.same(codes({ test: idle(12), window: { startMs: 0, endMs: 1999 } }), [], 'too short for the driver to tell');
  t.same(codes({ test: idle(12), window: undefined }), []);
});

t.test('other programs that hold much GPU memory are named', async (t) => {
  const otherProcesses = [
    { pid: 7, name: 'blender', memoryBytes: 3000 * MIB },
    { pid: 8, name: undefined, memoryBytes: 300 * MIB },
    { pid: 9, name: 'kwin_wayland', memoryBytes: 25 * MIB },
    { pid: 10, name: 'unknown', memoryBytes: undefined },
  ];
  t.match(findings({ otherProcesses }), [
    {
      code: 'other_gpu_process',
      message: 'Other programs held GPU memory before the run: blender (pid 7, 3000 MiB), a process (pid 8, 300 MiB).',
    },
  ]);
  t.same(codes({ otherProcesses: otherProcesses.slice(2) }), []);
});
