import t from 'tap';
import { aggregateTest, type TestRuns } from '../../../src/benchmark/figures/aggregate.js';
import { type BenchmarkTest, planBenchmark } from '../../../src/benchmark/plan.js';
import { type RequestResult, testResultSchema } from '../../../src/benchmark/result.js';
import { failedRun, successfulRun } from '../../fixtures/benchmark-result.js';
import { seededRandom, seeds } from '../../fixtures/seeded-random.js';

const { tests } = planBenchmark({ mode: 'quick', vramBytes: undefined, contextLength: 4096, timeoutMs: 120_000 });

function planned(testId: string): BenchmarkTest {
  const test = tests.find((one) => one.testId === testId);
  if (test === undefined) throw new Error(`the plan has no ${testId}`);
  return test;
}

/** Of single runs, one after the other. */
function aggregated({ runs, ...rest }: Omit<TestRuns, 'waves'> & { readonly runs: readonly RequestResult[] }) {
  return aggregateTest({ ...rest, waves: runs.map((run) => [run]) });
}

const baseline = planned('baseline_short');
const near = (value: number | null | undefined, expected: number): boolean =>
  value != null && Math.abs(value - expected) < 1e-9;

t.test('figures are those of the timed successes alone', async (t) => {
  const result = aggregated({
    test: baseline,
    warmup: successfulRun({ tps: 31.2, ttft_s: 9, elapsed_s: 99, prompt_tokens: 9999 }),
    runs: [
      successfulRun({ tps: 82, ttft_s: 0.1, elapsed_s: 0.8, prefill_tps: 300, prompt_tokens: 38 }),
      failedRun({ error: 'connection_reset' }),
      successfulRun({ tps: 84, ttft_s: 0.14, elapsed_s: 0.9, prefill_tps: 320, prompt_tokens: 41 }),
    ],
    aggregateTps: 71,
  });
  t.equal(result.n_runs, 4, 'one more than was planned');
  t.equal(result.successful_runs, 2);
  t.ok(near(result.avg_tps, 83));
  t.equal(result.best_tps, 84);
  t.ok(near(result.stddev_tps, Math.SQRT2), 'the sample deviation of 82 and 84');
  t.ok(near(result.cv_tps, Math.SQRT2 / 83));
  t.ok(near(result.avg_ttft_s, 0.12));
  t.ok(near(result.stddev_ttft_s, 0.02 * Math.SQRT2));
  t.ok(near(result.avg_elapsed_s, 0.85));
  t.ok(near(result.avg_prefill_tps, 310));
  t.equal(result.prompt_tokens, 40, 'a mean of counts is a count');
  t.equal(result.aggregate_tps, 71);
  t.equal(result.error, null, 'a test with a success has no error');
  t.equal(result.error_detail, null);
  t.equal(result.warmup_run?.success, true);
  t.equal(result.runs.length, 3, 'failed runs stay in the record');
  t.ok(testResultSchema.safeParse(result).success);
});

t.test('carries what the plan says', async (t) => {
  const fill = planned('ctx_sweep_4096');
  const result = aggregated({ test: fill, warmup: undefined, runs: [successfulRun()], aggregateTps: undefined });
  t.match(result, {
    test_id: 'ctx_sweep_4096',
    name: 'Context sweep — 4,096 tokens',
    category: 'context_sweep',
    ctx_size: 4096,
    max_tokens: 256,
    concurrency: 1,
    warmup_run: null,
  });
  t.equal(result.prompt_target_tokens, 4096 - 256 - 16, 'what the prompt was sized to beside the output');
  t.equal(
    aggregated({ test: baseline, warmup: undefined, runs: [], aggregateTps: undefined }).prompt_target_tokens,
    null,
  );
});

t.test('one run has a mean and no spread', async (t) => {
  const runs = [successfulRun({ tps: 80 })];
  const result = aggregated({ test: baseline, warmup: undefined, runs, aggregateTps: 80 });
  t.equal(result.avg_tps, 80);
  t.equal(result.best_tps, 80);
  for (const figure of ['stddev_tps', 'cv_tps', 'ci95_tps', 'stddev_ttft_s', 'ci95_ttft_s'] as const) {
    t.equal(result[figure], null, figure);
  }
});

t.test('a figure that some runs do not know is the mean of the others', async (t) => {
  const cached = { ttft_s: null, prefill_tps: null, itl_p99_s: null };
  const runs = [successfulRun({ ...cached, tps: 70 }), successfulRun({ tps: null, ttft_s: 0.2, prompt_tokens: null })];
  const result = aggregated({ test: baseline, warmup: undefined, runs, aggregateTps: undefined });
  t.equal(result.successful_runs, 2);
  t.equal(result.avg_tps, 70);
  t.equal(result.stddev_tps, null);
  t.equal(result.avg_ttft_s, 0.2);
  t.equal(result.prompt_tokens, 38);
});

t.test('what no run knows is null, never 0', async (t) => {
  const unknown = {
    tps: null,
    ttft_s: null,
    ttft_answer_s: null,
    prefill_tps: null,
    itl_p50_s: null,
    itl_p95_s: null,
    itl_p99_s: null,
    prompt_tokens: null,
  };
  const result = aggregated({
    test: baseline,
    warmup: undefined,
    runs: [successfulRun(unknown), successfulRun(unknown)],
    aggregateTps: undefined,
  });
  const figures = [
    'avg_tps',
    'best_tps',
    'stddev_tps',
    'cv_tps',
    'ci95_tps',
    'aggregate_tps',
    'avg_prefill_tps',
  ] as const;
  const more = [
    'avg_ttft_s',
    'stddev_ttft_s',
    'ci95_ttft_s',
    'itl_p50_s',
    'itl_p95_s',
    'itl_p99_s',
    'prompt_tokens',
  ] as const;
  for (const figure of [...figures, ...more]) t.equal(result[figure], null, figure);
  t.equal(result.successful_runs, 2, 'they were successes all the same');
});

t.test('a test without a timed success has its first error and no figures', async (t) => {
  const failures = [
    failedRun({ error: 'http_error', error_detail: 'first', status: 500 }),
    failedRun({ error: 'timeout', error_detail: 'second' }),
  ];
  const result = aggregated({ test: baseline, warmup: successfulRun(), runs: failures, aggregateTps: undefined });
  t.match(result, { successful_runs: 0, error: 'http_error', error_detail: 'first' });
  t.equal(result.avg_tps, null);
  t.equal(result.avg_elapsed_s, null);
  t.equal(result.completion_tokens, null);
  const ended = aggregated({
    test: baseline,
    warmup: failedRun({ error: 'connection_refused', error_detail: 'nobody there' }),
    runs: [],
    aggregateTps: undefined,
  });
  t.match(
    ended,
    { error: 'connection_refused', error_detail: 'nobody there' },
    'of the warm-up, where that ended the test',
  );
  const wordless = aggregated({
    test: baseline,
    warmup: undefined,
    runs: [{ success: false, error: 'cancelled' }],
    aggregateTps: undefined,
  });
  t.match({ ...wordless }, { error: 'cancelled', error_detail: null });
});

t.test('the error of a timed run stands before that of the warm-up', async (t) => {
  const result = aggregated({
    test: baseline,
    warmup: failedRun({ error: 'connection_reset', error_detail: 'warm-up' }),
    runs: [failedRun({ error: 'http_error', error_detail: 'timed' })],
    aggregateTps: undefined,
  });
  t.match({ ...result }, { error: 'http_error', error_detail: 'timed' });
});

t.test('runs beyond the plan are counted', async (t) => {
  const runs = [1, 2, 3, 4].map(() => successfulRun());
  t.equal(aggregated({ test: baseline, warmup: successfulRun(), runs, aggregateTps: undefined }).n_runs, 5);
  t.equal(aggregated({ test: baseline, warmup: failedRun(), runs: [], aggregateTps: undefined }).n_runs, 3, 'planned');
});

t.test('lost runs are told', async (t) => {
  const runs = [successfulRun(), failedRun({ error: 'connection_reset' })];
  const result = aggregated({ test: baseline, warmup: successfulRun(), runs, aggregateTps: undefined });
  t.match(result.findings, [{ code: 'runs_lost', message: /^1 of 2 timed runs was lost: connection_reset/ }]);
});

t.test('an interval needs three runs and does not reach below zero', async (t) => {
  const of = (...speeds: number[]) =>
    aggregated({
      test: baseline,
      warmup: undefined,
      runs: speeds.map((tps) => successfulRun({ tps })),
      aggregateTps: undefined,
    }).ci95_tps;
  t.equal(of(82, 84), null);
  const interval = of(82, 83, 84);
  t.ok(near(interval?.[0], 83 - 4.303 / Math.sqrt(3)) && near(interval?.[1], 83 + 4.303 / Math.sqrt(3)));
  t.equal(of(10, 50, 90)?.[0], 0);
});

t.test('a wave with a failed stream enters no figure, but the record', async (t) => {
  const wave = [successfulRun({ tps: 40 }), successfulRun({ tps: 42 })];
  const broken = [successfulRun({ tps: 99, flags: ['partial_wave'] }), failedRun({ error: 'connection_reset' })];
  const test = { ...baseline, concurrency: 2, nRuns: 2 };
  const result = aggregateTest({ test, warmup: successfulRun(), waves: [broken, wave], aggregateTps: 80 });
  t.match({ ...result }, { n_runs: 3, successful_runs: 2, avg_tps: 41, best_tps: 42, error: null });
  t.equal(result.runs.length, 4);
  const failed = aggregateTest({ test, warmup: successfulRun(), waves: [broken, broken], aggregateTps: undefined });
  t.match({ ...failed }, { successful_runs: 0, avg_tps: null, completion_tokens: null, error: 'connection_reset' });
});

t.test('a failed warm-up leaves the timed successes alone', async (t) => {
  const result = aggregated({
    test: baseline,
    warmup: failedRun(),
    runs: [successfulRun({ tps: 80 })],
    aggregateTps: 80,
  });
  t.match({ ...result }, { successful_runs: 1, avg_tps: 80, error: null });
});

t.test('aggregates stay within what was measured and do not depend on the order', async (t) => {
  for (const seed of seeds) {
    const random = seededRandom(seed);
    const runs = Array.from({ length: 1 + Math.floor(random() * 8) }, () =>
      random() < 0.2
        ? failedRun()
        : successfulRun({ tps: 20 + 100 * random(), ttft_s: random() < 0.2 ? null : random() }),
    );
    const input = { test: baseline, warmup: undefined, aggregateTps: undefined };
    const result = aggregated({ ...input, runs });
    const turned = aggregated({ ...input, runs: runs.toReversed() });
    const speeds = runs.flatMap((run) => (run.success && run.tps !== null ? [run.tps] : []));
    t.equal(result.successful_runs, speeds.length);
    if (speeds.length === 0) {
      t.equal(result.avg_tps, null);
      continue;
    }
    const avg = result.avg_tps ?? Number.NaN;
    t.ok(avg >= Math.min(...speeds) - 1e-9 && avg <= Math.max(...speeds) + 1e-9, `mean, seed ${seed}`);
    t.equal(result.best_tps, Math.max(...speeds));
    t.ok(near(turned.avg_tps, avg));
    if (result.ci95_tps !== null) t.ok(result.ci95_tps[0] <= avg && avg <= result.ci95_tps[1]);
    t.ok(testResultSchema.safeParse(JSON.parse(JSON.stringify(result))).success, 'survives JSON');
  }
});
