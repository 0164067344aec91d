import t from 'tap';
import { benchmarkResultSchema } from '../../src/benchmark/result.js';
import { chronicleRowSchema, rowsOf } from '../../src/chronicle/row.js';
import {
  benchmarkResult,
  failedRun,
  failedTestResult,
  gpuStats,
  successfulRun,
  testResult,
} from '../fixtures/benchmark-result.js';

// The contract's list of a chronicle row's fields, in its order.
const contractFields = [
  'run_at, run_id, machine_id, agent_version, workload_version, target, mode, test_id, category, gpu_name',
  'gpu_vram_gb, gpu_vendor, gpu_driver, cpu_name, cpu_cores_phys, ram_total_gb, model, server_name, server_version',
  'ctx_size, max_tokens, n_runs, successful_runs, avg_tps, best_tps, cv_tps, aggregate_tps, avg_prefill_tps',
  'avg_ttft_s, avg_elapsed_s, model_load_s, prompt_tokens, completion_tokens, canary_match, peak_vram_used_mb',
  'avg_vram_used_mb, peak_temp_c, avg_temp_c, peak_power_w, avg_power_w, avg_util_pct, energy_j, joules_per_token',
  'throttled_ratio, server_kind, model_file, quantisation, token_source, tps_source, canary_sha256',
].flatMap((line) => line.split(', '));

t.test('the fixture that the other tests start from is a valid result', async (t) => {
  const result = benchmarkResult({ benchmarks: [testResult({ gpu_stats: gpuStats() }), failedTestResult()] });
  t.same(benchmarkResultSchema.parse(result), result);
});

t.test('a row has the fields of the contract in its order, when written and when read again', async (t) => {
  const [row] = rowsOf(benchmarkResult());
  t.same(Object.keys(row ?? {}), contractFields);
  const read = chronicleRowSchema.parse(JSON.parse(JSON.stringify(row)));
  t.same(Object.keys(read), contractFields);
  t.same(read, row);
});

t.test('there is one row for each test with a timed success and none for the others', async (t) => {
  const rows = rowsOf(
    benchmarkResult({
      benchmarks: [
        testResult(),
        failedTestResult({ test_id: 'ctx_sweep_2048' }),
        testResult({ test_id: 'ctx_sweep_4096', category: 'context_sweep', successful_runs: 1 }),
      ],
    }),
  );
  t.same(
    rows.map((row) => [row.test_id, row.category, row.successful_runs]),
    [
      ['baseline_short', 'baseline', 3],
      ['ctx_sweep_4096', 'context_sweep', 1],
    ],
  );
});

t.test('a row names run, machine, target, server and what was measured', async (t) => {
  const [row] = rowsOf(benchmarkResult({ workload_version: 'custom-1f2e', benchmarks: [testResult()] }));
  t.match(row, {
    run_at: '2026-11-21T14:30:45.123Z',
    run_id: '2026-11-21_14-30-45.123_a3f1c820',
    machine_id: '5f0c6a1d9b7e43c28a4f1d2b3c4e5f60',
    agent_version: '0.1.0',
    workload_version: 'custom-1f2e',
    target: 'local',
    mode: 'quick',
    model: 'hermes-3-llama-3.1-8b-q8_0',
    server_name: 'llama.cpp (llama-server)',
    server_version: 'b9310',
    gpu_name: 'NVIDIA GeForce RTX 3090',
    gpu_vram_gb: 24,
    gpu_vendor: 'nvidia',
    gpu_driver: '580.95.05',
    cpu_name: 'AMD Ryzen 9 5950X',
    cpu_cores_phys: 16,
    ram_total_gb: 62.7,
    ctx_size: 2048,
    max_tokens: 64,
    avg_tps: 82.5,
    best_tps: 83,
    cv_tps: 0.0061,
    avg_prefill_tps: 316.67,
    avg_ttft_s: 0.12,
    avg_elapsed_s: 0.884,
    prompt_tokens: 38,
    completion_tokens: 64,
    server_kind: 'llama.cpp',
    token_source: 'server_usage',
    tps_source: 'socket',
  });
});

t.test('a row tells the model file as far as the server does, and where its counts and speeds come from', async (t) => {
  const { server } = benchmarkResult();
  const runs = [
    successfulRun({ tps_source: 'server' }),
    failedRun(),
    successfulRun({ token_count_source: 'tokenizer', tps: null, tps_source: null }),
  ];
  const [row] = rowsOf(
    benchmarkResult({
      server: { ...server, model_file: '46e0c10c039e', quantisation: 'Q4_K_M' },
      benchmarks: [testResult({ runs })],
    }),
  );
  t.match(row, { model_file: '46e0c10c039e', quantisation: 'Q4_K_M', token_source: null, tps_source: 'server' });
});

t.test("the GPU's figures come from gpu_stats; without one they are unknown, a true 0 stays 0", async (t) => {
  const gpu = gpuStats({ throttled_ratio: 0, joules_per_token: null });
  const [withGpu, without] = rowsOf(
    benchmarkResult({ benchmarks: [testResult({ gpu_stats: gpu }), testResult({ gpu_stats: null })] }),
  );
  t.match(withGpu, {
    peak_vram_used_mb: 8240,
    avg_vram_used_mb: 8180,
    peak_temp_c: 71,
    avg_temp_c: 70.2,
    peak_power_w: 218,
    avg_power_w: 209.5,
    avg_util_pct: 94,
    energy_j: 170.1,
    joules_per_token: null,
    throttled_ratio: 0,
  });
  t.match(without, { peak_vram_used_mb: null, avg_power_w: null, energy_j: null, throttled_ratio: null });
});

t.test('a row of an older version has null for what was not written yet', async (t) => {
  const older = {
    run_at: '2026-01-02T03:04:05Z',
    run_id: '2026-01-02_03-04-05.000_00000001',
    machine_id: 'm',
    workload_version: 1,
    target: 'local',
    test_id: 'baseline_short',
    model: 'model',
    avg_tps: 10,
  };
  const row = chronicleRowSchema.parse(older);
  t.same(Object.keys(row), contractFields);
  t.match(row, { ...older, avg_ttft_s: null, gpu_name: null, n_runs: null, mode: null });
});

t.test('fields of a newer version are kept, also through another write', async (t) => {
  const [row] = rowsOf(benchmarkResult());
  const newer = { ...row, pcie_width: 16, host_stats: { peak_power_w: 88 } };
  t.same(chronicleRowSchema.parse(JSON.parse(JSON.stringify(newer))), newer);
});

t.test('a row without what names its series, or with a figure that is no number, is refused', async (t) => {
  const [row] = rowsOf(benchmarkResult());
  for (const field of ['run_at', 'run_id', 'machine_id', 'workload_version', 'target', 'test_id', 'model']) {
    t.notOk(chronicleRowSchema.safeParse({ ...row, [field]: undefined }).success, field);
  }
  t.notOk(chronicleRowSchema.safeParse({ ...row, avg_tps: '82.5' }).success);
  t.notOk(chronicleRowSchema.safeParse({ ...row, run_at: 'yesterday' }).success);
});
