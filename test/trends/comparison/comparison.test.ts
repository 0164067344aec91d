import t from 'tap';
import type { BenchmarkResult } from '../../../src/benchmark/result.js';
import { compareResults } from '../../../src/trends/comparison/comparison.js';
import { benchmarkResult, failedTestResult, successfulRun, testResult } from '../../fixtures/benchmark-result.js';
import { canaryTest, changedCanary } from '../../fixtures/canary-result.js';
import { historyRow } from '../../fixtures/history.js';
import { normalNoise } from '../../fixtures/history-noise.js';

const options = { drop: 0.1 };
const earlier = '2026-11-21_14-30-45.123_a3f1c820';
const later = '2026-11-21_20-30-45.123_b4e2d931';

/** A quick run: speeds of each test's repetitions. */
function run(
  run_id: string,
  speeds: Readonly<Record<string, readonly number[]>>,
  fields: Partial<BenchmarkResult> = {},
): BenchmarkResult {
  const benchmarks = Object.entries(speeds).map(([test_id, tps]) =>
    testResult({ test_id, name: test_id, runs: tps.map((value) => successfulRun({ tps: value })) }),
  );
  return benchmarkResult({ run_id, benchmarks, ...fields });
}

const usual = { baseline_short: [82, 83], ctx_sweep_2048: [80], ctx_sweep_4096: [76], long_gen: [78] };
const again = { baseline_short: [81.5, 82.8], ctx_sweep_2048: [81.2], ctx_sweep_4096: [75.1], long_gen: [78.4] };
const throttled = { baseline_short: [55, 55.8], ctx_sweep_2048: [54], ctx_sweep_4096: [51], long_gen: [52] };

t.test('two runs of a machine that did not change do not differ', async (t) => {
  const comparison = compareResults(run(earlier, usual), run(later, again), options);
  t.equal(comparison.verdict, 'no_difference');
  t.same([...new Set(comparison.tests.map(({ verdict }) => verdict))], ['no_difference']);
});

t.test('a throttled run is worse, with the change and its interval', async (t) => {
  const { verdict, tests } = compareResults(run(earlier, usual), run(later, throttled), options);
  t.equal(verdict, 'worse');
  const figure = tests[0]?.decode_speed;
  t.match(figure, { verdict: 'worse', unit: 'tokens/s', before: 82.5, after: 55.4, noise: { from: 'repeats' } });
  const [low = 0, high = 0] = figure?.change_ci95 ?? [];
  t.ok(low < (figure?.change_ratio ?? 0) && (figure?.change_ratio ?? 0) < high && high < -0.1);
  t.ok((figure?.p_value ?? 1) < 0.01);
});

t.test('the other way round it is better', async (t) => {
  t.equal(compareResults(run(earlier, throttled), run(later, usual), options).verdict, 'better');
});

t.test('a certain change that is small is no difference', async (t) => {
  const exact = (tps: number) => ({ long_gen: Array.from({ length: 60 }, () => tps) });
  const { tests } = compareResults(run(earlier, exact(100)), run(later, exact(94)), options);
  t.ok((tests[0]?.decode_speed?.p_value ?? 1) < 1e-6);
  t.equal(tests[0]?.verdict, 'no_difference');
});

t.test('a large change within the noise of the repetitions is no difference', async (t) => {
  const { tests } = compareResults(
    run(earlier, { long_gen: [60, 110, 85] }),
    run(later, { long_gen: [50, 95, 62] }),
    options,
  );
  t.ok((tests[0]?.decode_speed?.change_ratio ?? 0) < -0.1);
  t.equal(tests[0]?.verdict, 'no_difference');
});

t.test('the history of a noisy series outweighs repetitions that happen to agree', async (t) => {
  const before = run(earlier, { long_gen: [100, 100.1] });
  const after = run(later, { long_gen: [78, 78.1] });
  t.equal(compareResults(before, after, options).verdict, 'worse');
  const noise = normalNoise(7);
  const history = Array.from({ length: 20 }, (_, index) =>
    historyRow({
      run_id: `2026-10-${10 + index}_00-00-00.000_00000000`,
      machine_id: after.machine_id,
      target: after.target,
      test_id: 'long_gen',
      avg_tps: 100 * (1 + 0.2 * noise()),
    }),
  );
  const comparison = compareResults(before, after, { ...options, history });
  t.equal(comparison.verdict, 'no_difference');
  t.equal(comparison.tests[0]?.decode_speed?.noise.from, 'history');
  const foreign = history.map((row) => ({ ...row, target: 'another' }));
  t.equal(
    compareResults(before, after, { ...options, history: foreign }).verdict,
    'worse',
    'of another series it says nothing',
  );
});

t.test('two runs of a crowded machine, whose tests contradict each other, do not differ', async (t) => {
  // Two real runs of one reference server on two cores that others were using at the time.
  const first = {
    baseline_short: [1730, 1076],
    ctx_sweep_2048: [145.2],
    ctx_sweep_4096: [105.5],
    ctx_sweep_8192: [174.8],
    long_gen: [1812.3],
  };
  const second = {
    baseline_short: [1337.5, 1239.7],
    ctx_sweep_2048: [363.4],
    ctx_sweep_4096: [341.6],
    ctx_sweep_8192: [102.5],
    long_gen: [393.2],
  };
  const comparison = compareResults(run(earlier, first), run(later, second), options);
  t.equal(comparison.verdict, 'no_difference');
  t.equal(comparison.tests[0]?.decode_speed?.noise.from, 'tests');
});

t.test('what the load of a crowded machine adds between two runs is no difference', async (t) => {
  // Two real runs of one reference server, one after the other, on two cores with a load of seven.
  const first = { baseline_short: [577.5, 694.5], ctx_sweep_2048: [669], long_gen: [721] };
  const second = { baseline_short: [1461, 1893], ctx_sweep_2048: [818], long_gen: [1218] };
  t.equal(compareResults(run(earlier, first), run(later, second), options).verdict, 'no_difference');
  t.equal(compareResults(run(later, second), run(earlier, first), options).verdict, 'no_difference');
  const before = { baseline_short: [666, 742], ctx_sweep_2048: [202], long_gen: [450] };
  const after = { baseline_short: [233.6, 240.4], ctx_sweep_2048: [414], long_gen: [877] };
  t.equal(compareResults(run(earlier, before), run(later, after), options).verdict, 'no_difference', 'two more');
  const tenth = { baseline_short: [66, 58], ctx_sweep_2048: [72], long_gen: [70] };
  t.equal(compareResults(run(earlier, first), run(later, tenth), options).verdict, 'worse', 'a tenth of it is');
  const quiet = { baseline_short: [82, 83], ctx_sweep_2048: [80], ctx_sweep_4096: [76], ctx_sweep_8192: [70] };
  const uneven = { baseline_short: [80, 81], ctx_sweep_2048: [70], ctx_sweep_4096: [58], ctx_sweep_8192: [40] };
  t.equal(
    compareResults(run(earlier, quiet), run(later, uneven), options).verdict,
    'worse',
    'on a quiet machine tests may slow unequally',
  );
});

t.test('one test that became slower is found although the others did not', async (t) => {
  const after = { ...again, ctx_sweep_4096: [48] };
  const { tests, verdict } = compareResults(run(earlier, usual), run(later, after), options);
  t.equal(verdict, 'worse');
  t.same(
    tests.filter(({ verdict }) => verdict === 'worse').map(({ test_id }) => test_id),
    ['ctx_sweep_4096'],
  );
});

t.test('waits that doubled make a test worse although it decodes as fast', async (t) => {
  const slow = (ttft_s: number) => [
    testResult({ runs: [successfulRun({ ttft_s }), successfulRun({ ttft_s: ttft_s * 1.01 })] }),
  ];
  const { tests, verdict } = compareResults(
    benchmarkResult({ run_id: earlier, benchmarks: slow(0.4) }),
    benchmarkResult({ run_id: later, benchmarks: slow(0.8) }),
    options,
  );
  t.equal(verdict, 'worse');
  t.match(tests[0], { decode_speed: { verdict: 'no_difference' }, ttft: { verdict: 'worse', unit: 's' } });
});

t.test('only like is compared with like', async (t) => {
  const reasonOf = (before: BenchmarkResult, after: BenchmarkResult) => {
    const { verdict, tests } = compareResults(before, after, options);
    t.equal(verdict, 'not_comparable');
    return tests[0]?.reason;
  };
  t.equal(reasonOf(run(earlier, usual), run(later, usual, { workload_version: 2 })), 'different workloads (1 and 2)');
  t.match(
    reasonOf(run(earlier, usual, { model: 'a' }), run(later, usual, { model: 'b' })),
    /different models \(a and b\)/,
  );
  const other = benchmarkResult({ benchmarks: [testResult({ ctx_size: 4096 })] });
  t.equal(reasonOf(benchmarkResult(), other), 'measured with different sizes');
  t.equal(reasonOf(run(earlier, { a: [1] }), run(later, { b: [1] })), 'measured in one of the runs only');
});

t.test('a test that began to fail is worse, one that failed twice tells nothing', async (t) => {
  const good = benchmarkResult({ run_id: earlier });
  const bad = benchmarkResult({ run_id: later, benchmarks: [failedTestResult()] });
  t.match(compareResults(good, bad, options).tests[0], { verdict: 'worse', reason: 'fails now: timeout' });
  t.match(compareResults(bad, good, options).tests[0], { verdict: 'better', reason: 'failed before: timeout' });
  t.match(compareResults(bad, bad, options).tests[0], { verdict: 'not_comparable', reason: 'failed in both runs' });
});

t.test('says what changed between the runs beside the figures', async (t) => {
  const before = run(earlier, usual);
  const server = { ...before.server, version: 'b9400' };
  const after = run(later, throttled, { server, machine_id: 'f'.repeat(32), target: 'other' });
  const { changes, remarks } = compareResults(before, after, options);
  t.match(changes, [{ factor: 'server_version', before: 'b9310', after: 'b9400' }]);
  t.same(remarks, ['The runs were made on two machines.', 'The runs are of two targets: local, other.']);
});

t.test('false alarms: at most 1 in 100 comparisons of equal quick runs at 5 % noise', async (t) => {
  const noise = normalNoise(11);
  const noisy = (id: string) =>
    run(
      id,
      Object.fromEntries(Object.entries(usual).map(([test, tps]) => [test, tps.map((v) => v * (1 + 0.05 * noise()))])),
    );
  let alarms = 0;
  for (let round = 0; round < 400; round += 1) {
    if (compareResults(noisy(earlier), noisy(later), options).verdict === 'worse') alarms += 1;
  }
  t.ok(alarms <= 4, `${alarms} of 400`);
});

t.test('of two models the figures stand side by side with their ratio, and no test has a verdict', async (t) => {
  const [before, after] = [run(earlier, usual), run(later, usual, { model: 'qwen3:8b' })];
  const faster = {
    ...after,
    benchmarks: after.benchmarks.map((test) => ({ ...test, avg_tps: 165, avg_ttft_s: null })),
  };
  const { verdict, reason, tests } = compareResults(before, faster, options);
  t.equal(verdict, 'not_comparable');
  t.equal(reason, 'different models (hermes-3-llama-3.1-8b-q8_0 and qwen3:8b)');
  t.ok(tests.every((test) => test.verdict === 'not_comparable' && test.decode_speed === null));
  t.match(tests[0]?.figures[0], { figure: 'decode_tps', before: 82.5, after: 165, ratio: 2 });
  t.notOk(
    tests[0]?.figures.some(({ figure }) => figure === 'ttft_s'),
    'what only one of them knows has no ratio',
  );
});

t.test('a file of one name in two folders is one model', async (t) => {
  const [before, after] = ['/models/qwen3.gguf', 'D:\\llm\\qwen3.gguf'].map((model) => run(earlier, usual, { model }));
  t.ok(before && after);
  if (before && after) t.equal(compareResults(before, after, options).reason, null);
});

t.test('runs with another file behind the model are no history of its noise', async (t) => {
  const { server } = benchmarkResult();
  const of = (id: string) => run(id, usual, { server: { ...server, model_file: 'q8.gguf' } });
  const history = Array.from({ length: 10 }, (_, index) =>
    historyRow({
      run_id: `2026-11-0${index}`,
      machine_id: benchmarkResult().machine_id,
      target: 'local',
      model_file: 'q4.gguf',
    }),
  );
  const from = (file: string) =>
    compareResults(of(earlier), of(later), {
      ...options,
      history: history.map((row) => ({ ...row, model_file: file })),
    }).tests[0]?.decode_speed?.noise.from;
  t.equal(from('q4.gguf'), 'repeats');
  t.equal(from('q8.gguf'), 'history');
});

const answered = (run_id: string, text: string, fields: Partial<BenchmarkResult> = {}, deterministic = true) =>
  benchmarkResult({
    run_id,
    benchmarks: [testResult(), canaryTest(changedCanary({ text, deterministic }))],
    ...fields,
  });

t.test('the answers of the canary are compared in words, and its speeds not at all', async (t) => {
  const { tests, verdict, remarks } = compareResults(answered(earlier, 'ab'), answered(later, 'ac'), options);
  t.same(
    tests.map(({ test_id }) => test_id),
    ['baseline_short'],
  );
  t.equal(verdict, 'no_difference');
  t.match(remarks, [/^The runs gave two answers to the canary's fixed request: from character 2 on “b” became “c”\.$/]);
  const same = compareResults(answered(earlier, 'ab'), answered(later, 'ab'), options);
  t.match(same.remarks, [/^Both runs gave the same answer/]);
});

t.test('answers that say nothing of each other are not compared', async (t) => {
  const first = answered(earlier, 'ab');
  t.match(compareResults(first, answered(later, 'ac', {}, false), options).remarks, [/not deterministic/]);
  for (const second of [answered(later, 'ac', { model: 'other' }), run(later, usual), first]) {
    const { remarks } = compareResults(first, second, options);
    t.notOk(
      remarks.some((remark) => /answer/.test(remark)),
      `${remarks}`,
    );
  }
});
