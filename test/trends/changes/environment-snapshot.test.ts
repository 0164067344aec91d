import t from 'tap';
import { environmentOfResult, environmentOfRow } from '../../../src/trends/changes/environment-snapshot.js';
import { benchmarkResult, gpuStats, testResult } from '../../fixtures/benchmark-result.js';
import { historyRow } from '../../fixtures/history.js';

t.test('of a row: what it knows, and nothing that is unknown', async (t) => {
  t.strictSame(environmentOfRow(historyRow({ gpu_driver: null, avg_temp_c: null })), {
    gpu: 'NVIDIA GeForce RTX 3090',
    server: 'llama.cpp (llama-server)',
    server_version: 'b9310',
    model: 'hermes-3-llama-3.1-8b-q8_0',
    quantisation: 'q8_0',
    throttled_ratio: 0,
    cpu: 'AMD Ryzen 9 5950X',
    ram_total_gb: 62.7,
    agent_version: '0.1.0',
  });
});

t.test(
  'of a row: the file behind the model, and its quantisation by the server before the one that a name tells',
  async (t) => {
    t.match(environmentOfRow(historyRow({ model_file: '46e0c10c039e', quantisation: 'Q4_K_M' })), {
      model_file: '46e0c10c039e',
      quantisation: 'q4_k_m',
    });
  },
);

const snapshot = {
  gpus: [{ name: 'NVIDIA GeForce RTX 3090', driver_version: '550.54.14' }],
  cpu: { name: 'AMD Ryzen 9 5950X' },
  ram: { total_gb: 62.7, speed_mts: 3600 },
  os: { kernel: '6.8.0-45-generic' },
};

t.test('of a result: inventory, server, and what the GPU did during the test', async (t) => {
  const stats = gpuStats();
  const gpus = stats.gpus.map((gpu) => ({
    ...gpu,
    pcie_width: 16,
    pcie_gen: 4,
    power_limit_w: 350,
    avg_sm_clock_mhz: 1740,
    avg_memory_clock_mhz: 9501,
  }));
  const result = benchmarkResult({
    profile_snapshot: snapshot,
    benchmarks: [testResult({ gpu_stats: { ...stats, gpus } })],
  });
  t.match(environmentOfResult(result, 'baseline_short'), {
    gpu: 'NVIDIA GeForce RTX 3090',
    gpu_driver: '550.54.14',
    pcie_width: 16,
    pcie_generation: 4,
    power_limit_w: 350,
    sm_clock_mhz: 1740,
    memory_clock_mhz: 9501,
    gpu_temperature: 70.2,
    throttled_ratio: 0,
    other_processes: 'none seen',
    kernel: '6.8.0-45-generic',
    ram_speed_mts: 3600,
    server_version: result.server.version,
    context_length: result.server.context_length,
  });
});

t.test('the same name of a model may stand for another file', async (t) => {
  const of = (server: Partial<ReturnType<typeof benchmarkResult>['server']>) => {
    const result = benchmarkResult({ model: 'llama3.1:latest' });
    return environmentOfResult({ ...result, server: { ...result.server, ...server } }, 'baseline_short');
  };
  t.match(of({ model_file: '46e0c10c039e', quantisation: 'Q4_K_M' }), {
    model_file: '46e0c10c039e',
    quantisation: 'q4_k_m',
  });
  t.match(
    of({ model_file: 'llama-3.1-8b-Q8_0.gguf' }),
    { quantisation: 'q8_0' },
    'its name tells where nothing else does',
  );
  t.notOk('quantisation' in of({}));
});

t.test('how warm the machine was at the start', async (t) => {
  const host_stats = {
    start_temp_c: 58.5,
    peak_temp_c: 80,
    avg_temp_c: 70,
    peak_power_w: null,
    avg_power_w: null,
    avg_util_pct: null,
    energy_j: null,
    joules_per_token: null,
    sample_count: 4,
  };
  const result = benchmarkResult({
    benchmarks: [testResult({ gpu_stats: gpuStats({ start_temp_c: 48 }), host_stats })],
  });
  t.match(environmentOfResult(result, 'baseline_short'), { gpu_start_temperature: 48, cpu_start_temperature: 58.5 });
});

t.test('of several GPUs the weakest link counts', async (t) => {
  const stats = gpuStats();
  const [gpu] = stats.gpus;
  t.ok(gpu);
  if (gpu === undefined) return;
  const gpus = [
    { ...gpu, pcie_width: 16 },
    { ...gpu, index: 1, pcie_width: 4 },
    { ...gpu, index: 2, pcie_width: null },
  ];
  const result = benchmarkResult({ benchmarks: [testResult({ gpu_stats: { ...stats, gpus } })] });
  t.equal(environmentOfResult(result, 'baseline_short').pcie_width, 4);
});

t.test('a program that held GPU memory is told', async (t) => {
  const findings = [{ code: 'other_gpu_process', message: 'Other programs held GPU memory before the run.' }] as const;
  const result = benchmarkResult({
    benchmarks: [testResult({ gpu_stats: gpuStats(), findings: [...findings] })],
  });
  t.equal(environmentOfResult(result, 'baseline_short').other_processes, 'on the GPU');
});

t.test('a test that is missing, and an inventory that is odd, make facts unknown and nothing worse', async (t) => {
  const result = benchmarkResult({
    profile_snapshot: { gpus: [{ name: 7 }], cpu: { name: ['x'] }, ram: { total_gb: 'much' } },
  });
  const found = environmentOfResult(result, 'no_such_test');
  for (const factor of [
    'gpu',
    'gpu_driver',
    'cpu',
    'ram_total_gb',
    'kernel',
    'power_limit_w',
    'other_processes',
  ] as const) {
    t.equal(found[factor], undefined, factor);
  }
});
