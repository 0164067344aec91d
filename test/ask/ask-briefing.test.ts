import t from 'tap';
import { briefingOf, ownNamesOf } from '../../src/ask/ask-briefing.js';
import type { BenchmarkResult } from '../../src/benchmark/result.js';
import type { ChronicleRow } from '../../src/chronicle/row.js';
import type { MachineRecord } from '../../src/judging/report-reading.js';
import { machineReport } from '../../src/trends/report/machine-report.js';
import { trendsOf } from '../../src/trends/trend-book.js';
import { benchmarkResult, failedTestResult, gpuStats, testResult } from '../fixtures/benchmark-result.js';
import { historyRuns } from '../fixtures/history.js';

const now = new Date('2026-03-05T00:00:00.000Z');
const settings = { options: { window: 20, minSamples: 5, drop: 0.1 }, isReferenceModel: () => false };

/** 60 days of a series that slows on day 40 with the given rows, and a last run of it. */
function slowed(fields: Partial<BenchmarkResult>, changed: Partial<ChronicleRow>): MachineRecord {
  const result = benchmarkResult({ run_at: now.toISOString(), ...fields });
  const { machine_id, target, model } = result;
  const step = { day: 40, ratios: { decode_speed: 0.8 }, fields: changed };
  const plan = { seed: 8, days: 60, cv: 0.02, fields: { machine_id, target, model }, steps: [step] };
  const trends = trendsOf(historyRuns(plan).flat(), settings, now);
  return { result, trends, report: machineReport(result, trends, { now }) };
}

t.test('the figures, the findings, the regression and its cause', async (t) => {
  const finding = { code: 'thermal_throttling', message: 'GPU 0 held its clocks down because of heat.' } as const;
  const record = slowed(
    {
      benchmarks: [
        testResult({ gpu_stats: gpuStats(), findings: [finding] }),
        failedTestResult({ test_id: 'long_gen' }),
      ],
      skipped: [{ test_id: 'ctx_sweep_65536', reason: "exceeds the server's context length (32768)" }],
    },
    { gpu_driver: '560.35.03' },
  );
  const text = briefingOf(record, []);
  for (const words of [
    'GPU: NVIDIA GeForce RTX 3090, 24.0 GiB, driver 580.95.05',
    'Model: hermes-3-llama-3.1-8b-q8_0',
    'Baseline (short prompt): decode 82.5 tokens/s (95 %: 81.3 to 83.7), prefill 317 tokens/s, TTFT 0.120 s, VRAM 8240 MiB',
    'Long generation stress: failed (timeout)',
    'GPU driver 550.54.14 → 560.35.03',
    'Baseline (short prompt): GPU 0 held its clocks down because of heat.',
    "Context sweep — 65,536 tokens skipped: exceeds the server's context length (32768)",
  ]) {
    t.match(text, words);
  }
  t.match(text, /Baseline \(short prompt\): decode speed −[12]\d % since 2026-02-1\d/);
  t.match(
    text,
    /Baseline \(short prompt\): decode speed normally 8\d\.\d tokens\/s \(20 runs\), in the last 4 runs 6\d\.\d/,
  );
});

t.test('what is unknown is left out', async (t) => {
  const unknown = testResult({ avg_prefill_tps: null, ci95_tps: null });
  const result = benchmarkResult({ benchmarks: [unknown] });
  const text = briefingOf({ result, trends: [], report: machineReport(result, [], { now }) }, []);
  t.match(text, /^- Baseline \(short prompt\): decode 82\.5 tokens\/s, TTFT 0\.120 s$/m);
  t.notMatch(text, /null|undefined|NaN/);
});

const secrets = [
  'alice',
  'workstation-7',
  '192.168.1.17',
  'fe80::1',
  'gateway.lan',
  '/home',
  'C:\\',
  'blender',
  '4242',
  'a3f1c820',
  '0123456789abcdef0123456789abcdef',
  'http://',
  'custom',
];

t.test('nothing personal leaves, whatever the records hold', async (t) => {
  const record = slowed(
    {
      machine_id: '0123456789abcdef0123456789abcdef',
      target: 'workstation-7:8080',
      model: '/home/alice/models/qwen-7b-q4.gguf',
      server: {
        name: 'llama.cpp of alice at http://192.168.1.17:8080',
        kind: 'llama.cpp',
        version: 'b9310 on workstation-7',
        port: 8080,
        api_base: 'http://192.168.1.17:8080',
        context_length: 32_768,
        slots: null,
        model_file: null,
        quantisation: null,
      },
      benchmarks: [
        testResult({
          category: 'context_sweep',
          gpu_stats: gpuStats(),
          findings: [
            {
              code: 'other_gpu_process',
              message: 'Other programs held GPU memory before the run: /home/alice/bin/blender (pid 4242, 900 MiB).',
            },
            { code: 'noisy_result', message: 'Written to C:\\Users\\alice by fe80::1' },
          ],
        }),
        failedTestResult({ error_detail: 'connect ECONNREFUSED 192.168.1.17:8080' }),
      ],
      skipped: [{ test_id: 'long_gen', reason: 'gateway.lan said no' }],
      profile_snapshot: {
        hostname: 'workstation-7',
        gpus: [{ name: 'RTX 3090 of alice', driver_version: '580.95.05' }],
        cpu: { name: 'AMD Ryzen (alice@workstation-7)' },
        ram: { total_gb: 62.7 },
        os: { kernel: '6.1.0-27-custom-alice' },
      },
    },
    { server_name: 'http://gateway.lan', server_version: '/home/alice/llama', gpu_driver: '560 (alice)' },
  );
  const [first] = record.report.regressions;
  if (first === undefined) throw new Error('a regression was expected');
  const changes = [
    ...(first.changes ?? []),
    {
      factor: 'kernel',
      before: '6.1.0-26-custom',
      after: '6.1.0-27-custom',
      words: 'kernel 6.1.0-26-custom',
      explains: true,
    },
    {
      factor: 'model',
      before: '/home/alice/a.gguf',
      after: 'b.gguf',
      words: 'model /home/alice/a.gguf',
      explains: true,
    },
  ] as const;
  const report = { ...record.report, regressions: [{ ...first, changes: [...changes] }] };
  const text = briefingOf({ ...record, report }, ownNamesOf('workstation-7', { USER: 'alice' }));
  for (const secret of secrets) t.notMatch(text.toLowerCase(), secret.toLowerCase(), secret);
  for (const kept of [
    'Model: qwen-7b-q4.gguf',
    'llama-server --model qwen-7b-q4.gguf --ctx-size 2048',
    'kernel 6.1.0-26 → 6.1.0-27',
    'model a.gguf → b.gguf',
    'RTX 3090 of [removed]',
    'Other programs held GPU memory before the run.',
    'noisy result',
  ]) {
    t.match(text, kept);
  }
});

t.test('the names of the machine and its user, where they are known', async (t) => {
  t.same(ownNamesOf('pc.example.org', { USER: 'alice', LOGNAME: 'alice' }), ['pc.example.org', 'pc', 'alice']);
});
