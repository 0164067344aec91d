import t from 'tap';
import { benchmarkResultSchema, runSchema, testResultSchema } from '../../src/benchmark/result.js';
import { benchmarkResult, failedRun, gpuStats, successfulRun, testResult } from '../fixtures/benchmark-result.js';

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

t.test('a result survives JSON unchanged, with every field that readers rely on', async (t) => {
  const result = benchmarkResult({ benchmarks: [testResult({ gpu_stats: gpuStats() })] });
  t.same(benchmarkResultSchema.parse(json(result)), json(result));
  // The names are a promise to whoever reads the files and the API.
  const promised = {
    result: `run_id job_id run_at finished_at mode workload_version agent_version machine_id target model server
      benchmarks skipped profile_snapshot`,
    server: 'name kind version port api_base context_length',
    test: `test_id name category ctx_size max_tokens n_runs successful_runs avg_tps best_tps stddev_tps cv_tps ci95_tps
      avg_prefill_tps avg_elapsed_s avg_ttft_s stddev_ttft_s prompt_tokens completion_tokens gpu_stats warmup_run runs`,
    run: `success tps elapsed_s ttft_s prompt_tokens completion_tokens cached_tokens token_count_source server_timings`,
    gpu: `peak_vram_used_mb avg_vram_used_mb peak_temp_c avg_temp_c peak_power_w avg_power_w avg_util_pct energy_j
      joules_per_token throttled_ratio sample_count gpus`,
  };
  const [test] = result.benchmarks;
  const there: Record<string, object> = {
    result,
    server: result.server,
    test: test ?? {},
    run: successfulRun(),
    gpu: test?.gpu_stats ?? {},
  };
  for (const [where, names] of Object.entries(promised)) {
    const missing = names.split(/\s+/).filter((name) => !Object.hasOwn(there[where] ?? {}, name));
    t.same(missing, [], where);
  }
});

t.test('what is unknown is null; a field that is absent or of another type is a mistake', async (t) => {
  t.ok(testResultSchema.safeParse(testResult({ avg_tps: null, gpu_stats: null, ci95_tps: null })).success);
  const { avg_tps: _, ...without } = testResult();
  t.notOk(testResultSchema.safeParse(without).success);
  t.notOk(testResultSchema.safeParse({ ...testResult(), avg_tps: 'fast' }).success);
  t.notOk(testResultSchema.safeParse({ ...testResult(), ci95_tps: [1] }).success);
});

t.test('a run is a success with figures or a failure with a reason, never something between', async (t) => {
  t.ok(runSchema.safeParse(successfulRun()).success);
  t.ok(runSchema.safeParse(failedRun()).success);
  t.ok(runSchema.safeParse({ success: false, error: 'cancelled' }).success);
  t.notOk(runSchema.safeParse({ success: false }).success);
  t.notOk(runSchema.safeParse({ success: false, error: 'because' }).success);
  t.notOk(runSchema.safeParse({ ...successfulRun(), success: false }).success);
  t.notOk(runSchema.safeParse({ ...successfulRun(), token_count_source: 'guess' }).success);
  t.notOk(runSchema.safeParse({ ...successfulRun(), flags: ['slow'] }).success);
});

t.test('the workload is a number, or a word where prompts were changed', async (t) => {
  t.ok(benchmarkResultSchema.safeParse(benchmarkResult({ workload_version: 1 })).success);
  t.ok(benchmarkResultSchema.safeParse(benchmarkResult({ workload_version: '1-custom-0a1b2c3d' })).success);
  t.notOk(benchmarkResultSchema.safeParse({ ...benchmarkResult(), workload_version: 1.5 }).success);
});
