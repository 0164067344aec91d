import { fileURLToPath } from 'node:url';
import t from 'tap';
import type { BenchmarkEvent } from '../../src/benchmark/benchmark-event.js';
import type { BenchmarkPlan } from '../../src/benchmark/plan.js';
import { builtInPrompts } from '../../src/benchmark/prompts.js';
import { benchmarkResultSchema, type TestResult } from '../../src/benchmark/result.js';
import { blankSample, type GpuSample } from '../../src/hardware/gpu-sample.js';
import type { HardwareProfile } from '../../src/hardware/inventory/profile.js';
import type { WindowSamples } from '../../src/hardware/sampler.js';
import type { TimeWindow } from '../../src/hardware/time-window.js';
import { createLogger } from '../../src/logger.js';
import {
  type BenchmarkJob,
  type JobListener,
  type RunningJob,
  startBenchmarkJob,
} from '../../src/runner/benchmark-job.js';
import type { RunnerMessage } from '../../src/runner/protocol.js';
import { forkRunner } from '../../src/runner/supervisor.js';
import { failedRun, successfulRun, testResult } from '../fixtures/benchmark-result.js';
import { targetAt } from '../fixtures/diagnosed-runner.js';
import { NONE } from '../fixtures/none.js';
import { windowCard } from '../fixtures/window-card.js';

// The stand-in is plain JavaScript: without the test runner's loaders it starts in no time.
t.before(() => {
  process.execArgv = [];
});

const profile: HardwareProfile = {
  machine_id: '0123456789abcdef0123456789abcdef',
  read_at: '2026-11-21T14:30:45.000Z',
  cpu: { name: 'Ryzen 7', vendor: 'AMD', physical_cores: 8, logical_cores: 16, max_clock_ghz: 4.5 },
  ram: { total_bytes: 2 ** 35, total_gb: 32, type: 'DDR5', speed_mts: 5600 },
  gpus: [],
  os: { platform: 'linux', distro: null, release: null, kernel: null, arch: 'x64' },
  warnings: [],
};

const program = (name: string) => fileURLToPath(new URL(`../fixtures/runner-programs/${name}.mjs`, import.meta.url));

interface Started {
  readonly running: RunningJob;
  readonly plans: BenchmarkPlan[];
  readonly events: BenchmarkEvent[];
}

/** Starts a job whose runner tells these messages. */
async function started(
  messages: readonly RunnerMessage[],
  fields: Partial<BenchmarkJob> = {},
  onPart?: JobListener['onPart'],
): Promise<Started> {
  const plans: BenchmarkPlan[] = [];
  const events: BenchmarkEvent[] = [];
  const times = ['2026-11-21T14:30:45.123Z', '2026-11-21T14:31:00.000Z'].map((time) => new Date(time));
  const running = startBenchmarkJob(
    {
      runId: '2026-11-21_14-30-45.123_a3f1c820',
      jobId: 'a3f1c820',
      mode: 'quick',
      target: { ...targetAt('http://127.0.0.1:8080', 'llama.cpp'), contextLength: 4096, slots: 4 },
      profile,
      prompts: { ...builtInPrompts, short: JSON.stringify(messages) },
      timeoutMs: 60_000,
      cancelGraceMs: 60_000,
      agentVersion: '0.1.0',
      now: () => times.shift() ?? new Date(Number.NaN),
      logger: await createLogger({ level: 'silent', format: 'json', destination: { write: () => undefined } }),
      process: forkRunner(program('says-its-prompt')),
      ...fields,
    },
    { onPlan: (plan) => plans.push(plan), onEvent: (event) => events.push(event), onPart },
  );
  return { running, plans, events };
}

function told(event: BenchmarkEvent): RunnerMessage {
  return { type: 'event', atMs: 1, event };
}

function finished(fields: Partial<TestResult>, window?: TimeWindow): RunnerMessage {
  return told({ type: 'test_finished', test: testResult({ gpu_stats: null, host_stats: null, ...fields }), window });
}

const failing: Partial<TestResult> = {
  successful_runs: 0,
  avg_tps: null,
  error: 'timeout',
  error_detail: 'no end',
  runs: [failedRun()],
};
const end: RunnerMessage = { type: 'finished' };

t.test('makes the plan, runs it and puts the result together', async (t) => {
  const { running, plans, events } = await started([
    finished({ test_id: 'baseline_short', successful_runs: 1 }),
    told({ type: 'test_skipped', testId: 'ctx_sweep_2048', reason: 'server_down' }),
    finished({ ...failing, test_id: 'long_gen' }),
    end,
  ]);
  t.equal(plans.length, 1, 'told once, before the runner does anything');
  t.equal(running.plan, plans[0]);
  t.same(
    running.plan.tests.map((test) => test.testId),
    ['baseline_short', 'ctx_sweep_2048', 'ctx_sweep_4096', 'long_gen', 'canary'],
  );
  const outcome = await running.outcome;
  if (outcome.status !== 'done') throw new Error(`expected a result, got ${JSON.stringify(outcome)}`);
  const { result } = outcome;
  t.ok(benchmarkResultSchema.safeParse(JSON.parse(JSON.stringify(result))).success);
  t.match(result, {
    run_id: '2026-11-21_14-30-45.123_a3f1c820',
    job_id: 'a3f1c820',
    run_at: '2026-11-21T14:30:45.123Z',
    finished_at: '2026-11-21T14:31:00.000Z',
    mode: 'quick',
    workload_version: /^1-custom-/,
    agent_version: '0.1.0',
    machine_id: profile.machine_id,
    target: 'workstation',
    model: 'fake-model',
    server: {
      name: 'llama.cpp',
      kind: 'llama.cpp',
      version: null,
      port: 8080,
      api_base: 'http://127.0.0.1:8080',
      context_length: 4096,
      slots: 4,
    },
    profile_snapshot: { gpus: NONE, cpu: profile.cpu, ram: profile.ram },
  });
  t.same(
    result.benchmarks.map((test) => [test.test_id, test.error]),
    [
      ['baseline_short', null],
      ['long_gen', 'timeout'],
    ],
    'failed tests stand in the result',
  );
  t.same(result.skipped, [
    { test_id: 'ctx_sweep_8192', reason: "exceeds the server's context length (4096)" },
    { test_id: 'ctx_sweep_2048', reason: 'server_down' },
  ]);
  t.same(
    events.map((event) => event.type),
    ['test_finished', 'test_skipped', 'test_finished'],
  );
});

t.test('the port is known where the address does not name it', async (t) => {
  const ports = await Promise.all(
    ['http://llm.example', 'https://llm.example/proxy', 'http://llm.example:5000'].map(async (apiBase) => {
      const { running } = await started([finished({}), end], { target: targetAt(apiBase) });
      const outcome = await running.outcome;
      return outcome.status === 'done' ? outcome.result.server.port : undefined;
    }),
  );
  t.same(ports, [80, 443, 5000]);
});

t.test('where all tests fail the job has the error of the first', async (t) => {
  const { running } = await started([finished(failing), finished({ ...failing, error: 'http_error' }), end]);
  t.same(await running.outcome, { status: 'error', error: 'timeout', detail: 'no end' });
});

t.test('an answer alone makes no result', async (t) => {
  const answered = finished({ test_id: 'canary', category: 'canary', successful_runs: 2 });
  const { running } = await started([finished(failing), answered, end]);
  t.same(await running.outcome, { status: 'error', error: 'timeout', detail: 'no end' });
});

t.test('where no test ran the job says that there was nothing', async (t) => {
  const { running } = await started([end]);
  t.match(
    { ...(await running.outcome) },
    {
      status: 'error',
      error: 'No LLM server detected or benchmark produced no results.',
    },
  );
});

t.test('a crash is the error of the job, whatever had succeeded before', async (t) => {
  const { running } = await started([finished({}), { type: 'failed', message: 'Error: out of memory' }]);
  t.same(await running.outcome, {
    status: 'error',
    error: 'the runner ended with exit code 0: Error: out of memory',
    crashed: true,
  });
});

t.test('a context that changed during the run is the one in the result', async (t) => {
  const { running } = await started([told({ type: 'context_changed', contextLength: 2048 }), finished({}), end]);
  t.match(await running.outcome, { status: 'done', result: { server: { context_length: 2048 } } });
});

t.test('that a part of the model lies on the CPU is told once, where a GPU could hold it', async (t) => {
  const target = { ...targetAt('http://127.0.0.1:11434', 'ollama'), contextLength: 4096, isLocal: true };
  const gpu = { index: 0, vendor: 'nvidia', name: 'RTX 4070', vram_total_bytes: 12 * 2 ** 30 };
  const tests = [finished({ test_id: 'one', findings: [] }), finished({ test_id: 'two', findings: [] }), end];
  const findings = async (gpuRatio: number, fields: Partial<BenchmarkJob>) => {
    const { running } = await started(tests, { target: { ...target, gpuRatio }, ...fields });
    const outcome = await running.outcome;
    return outcome.status === 'done' ? outcome.result.benchmarks.map((test) => test.findings) : [];
  };
  const withGpu = { profile: { ...profile, gpus: [gpu] } } as Partial<BenchmarkJob>;
  t.match(await findings(0.52, withGpu), [
    [{ code: 'partly_on_cpu', message: '52 % of the model lies on the GPU, the rest on the CPU.' }],
    NONE,
  ]);
  t.same(await findings(0.995, withGpu), [[], []]);
  t.same(await findings(0, {}), [[], []], 'no GPU here');
  const remote = { target: { ...target, isLocal: false, gpuRatio: 0 } };
  t.match(await findings(0, remote), [[{ code: 'partly_on_cpu', message: 'The model lies on the CPU.' }], NONE]);
});

const window = { startMs: 1000, endMs: 3000 };

function gpuSample(index: number, atMs: number): GpuSample {
  return { ...blankSample('nvidia', index, atMs), powerW: 100 * (index + 1) };
}

/** A sampler with two GPUs; `cut` resolves when it is told to. */
function samplerOf(cut: (window: TimeWindow) => Promise<WindowSamples>) {
  const windows: TimeWindow[] = [];
  return {
    windows,
    sampler: {
      cut: (asked: TimeWindow) => {
        windows.push(asked);
        return cut(asked);
      },
    },
  };
}

function readings(of: TimeWindow): WindowSamples {
  const times = [900, 1500, 2000, 2500, 3100];
  return {
    window: of,
    intervalMs: 500,
    gpus: [0, 1].map((gpu) => windowCard(times.map((ms) => gpuSample(gpu, ms)))),
    host: [],
  };
}

t.test("each test gets the hardware figures of its window, of the target's GPUs alone", async (t) => {
  const { windows, sampler } = samplerOf(async (asked) => readings(asked));
  const runs = [successfulRun({ completion_tokens: 60 }), successfulRun({ completion_tokens: 40 }), failedRun()];
  const messages = [finished({ runs }, window), finished({ ...failing, test_id: 'long_gen' }), end];
  const { running } = await started(messages, { hardware: { sampler, gpus: [1], otherProcesses: [] } });
  const outcome = await running.outcome;
  const tests = outcome.status === 'done' ? outcome.result.benchmarks : [];
  t.same(windows, [window], 'a test without a timed run has no window to cut');
  t.match(tests[0]?.gpu_stats, { avg_power_w: 200, gpus: [{ index: 1 }] });
  t.equal(tests[0]?.gpu_stats?.gpus.length, 1);
  const joules = tests[0]?.gpu_stats?.energy_j ?? Number.NaN;
  t.ok(
    Math.abs((tests[0]?.gpu_stats?.joules_per_token ?? 0) - joules / 100) < 0.01,
    'over the tokens of its timed runs',
  );
  t.equal(tests[1]?.gpu_stats, null);
  t.same(tests[1]?.findings, []);
});

t.test('a GPU that falls silent is a finding, and what adds up all GPUs is unknown', async (t) => {
  const { sampler } = samplerOf(async (asked) => {
    const whole = readings(asked);
    const [first, second] = whole.gpus;
    if (first === undefined || second === undefined) throw new Error('expected two GPUs');
    const silent = { ...second, uuid: 'GPU-bbbbbbbb', samples: second.samples.slice(0, 1) };
    return { ...whole, gpus: [first, silent] };
  });
  const { running } = await started([finished({ findings: [] }, window), end], {
    hardware: { sampler, gpus: 'all', otherProcesses: [] },
  });
  const outcome = await running.outcome;
  const [test] = outcome.status === 'done' ? outcome.result.benchmarks : [];
  t.same(test?.findings, [
    {
      code: 'gpu_lost',
      message:
        'GPU 1 (GPU-bbbbbbbb) did not answer all the time: memory, power and energy of all GPUs together are unknown.',
    },
  ]);
  t.match(test?.gpu_stats, {
    peak_vram_used_mb: null,
    avg_vram_used_mb: null,
    peak_power_w: null,
    avg_power_w: null,
    energy_j: null,
    joules_per_token: null,
    avg_util_pct: null,
  });
  t.match(test?.gpu_stats?.gpus[0], { index: 0, avg_power_w: 100 }, 'what is known of one is told');
});

t.test("another target's GPU may fall silent", async (t) => {
  const { sampler } = samplerOf(async (asked) => {
    const whole = readings(asked);
    return { ...whole, gpus: whole.gpus.map((gpu) => (gpu.index === 0 ? { ...gpu, samples: [] } : gpu)) };
  });
  const { running } = await started([finished({ findings: [] }, window), end], {
    hardware: { sampler, gpus: [1], otherProcesses: [] },
  });
  const outcome = await running.outcome;
  const [test] = outcome.status === 'done' ? outcome.result.benchmarks : [];
  t.same(test?.findings, []);
  t.equal(test?.gpu_stats?.avg_power_w, 200);
});

t.test('tests stay in order though the readings of one come later', async (t) => {
  const waiting: (() => void)[] = [];
  const { sampler } = samplerOf(
    (asked) =>
      new Promise((resolve) => {
        waiting.push(() => resolve(readings(asked)));
        // The second first.
        if (waiting.length === 2) for (const answer of waiting.toReversed()) answer();
      }),
  );
  const messages = [finished({ test_id: 'one' }, window), finished({ test_id: 'two' }, window), end];
  const { running } = await started(messages, { hardware: { sampler, gpus: 'all', otherProcesses: undefined } });
  const outcome = await running.outcome;
  t.same(outcome.status === 'done' && outcome.result.benchmarks.map((test) => test.test_id), ['one', 'two']);
});

t.test('readings that cannot be had do not lose the result', async (t) => {
  const { sampler } = samplerOf(() => Promise.reject(new Error('the driver is gone')));
  const messages = [finished({}, window), finished({ test_id: 'two' }, window), end];
  const { running } = await started(messages, { hardware: { sampler, gpus: 'all', otherProcesses: undefined } });
  const outcome = await running.outcome;
  t.equal(outcome.status, 'done');
  t.same(outcome.status === 'done' && outcome.result.benchmarks.map((test) => test.gpu_stats), [null, null]);
});

t.test('a cancelled job waits for no reading', async (t) => {
  const { windows, sampler } = samplerOf(() => new Promise(() => undefined));
  const { running, events } = await started([finished({}, window), { type: 'cancelled' }], {
    hardware: { sampler, gpus: 'all', otherProcesses: undefined },
  });
  running.runner.cancel();
  t.same(await running.outcome, { status: 'cancelled' });
  t.equal(windows.length, events.length);
});

t.test('what it took to load the model stands in the result, and with the first test that has a success', async (t) => {
  const { running } = await started(
    [
      finished({ ...failing, test_id: 'baseline_short' }),
      finished({ test_id: 'long_gen', successful_runs: 1 }),
      finished({ test_id: 'ctx_sweep_2048', successful_runs: 1 }),
      end,
    ],
    { target: { ...targetAt('http://127.0.0.1:8080', 'llama.cpp'), contextLength: 4096, modelLoadS: 12.5 } },
  );
  const outcome = await running.outcome;
  if (outcome.status !== 'done') throw new Error(`expected a result, got ${JSON.stringify(outcome)}`);
  t.equal(outcome.result.model_load_s, 12.5);
  t.same(
    outcome.result.benchmarks.map((test) => test.model_load_s),
    [null, 12.5, null],
  );
});

t.test('what is finished is kept before a pause or a crash is told; a result need not wait for that', async (t) => {
  const crash: RunnerMessage = { type: 'failed', message: 'Error: out of memory' };
  const ends = [[end, 'done'] as const, [{ type: 'paused' }, 'paused'] as const, [crash, 'error'] as const];
  for (const [last, status] of ends) {
    const kept: number[] = [];
    const order: string[] = [];
    let keep: () => void = () => undefined;
    const isKept = new Promise<void>((resolve) => {
      keep = resolve;
    });
    const onPart: JobListener['onPart'] = async ({ tests }) => {
      kept.push(tests.length);
      if (status === 'done') return isKept;
      // As late as it may be.
      await new Promise((resolve) => setImmediate(resolve));
      order.push('kept');
    };
    const { running } = await started(
      [finished({}), finished({ test_id: 'long_gen' }), last],
      { now: () => new Date(0) },
      onPart,
    );
    t.match(await running.outcome, { status });
    order.push('told');
    t.same(kept, [1, 2]);
    t.same(order, status === 'done' ? ['told'] : ['kept', 'kept', 'told'], status);
    keep();
  }
});
