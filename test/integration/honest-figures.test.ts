/** What arrival times and token counts of a bad kind come to, from the request to whoever reads the figures. */
import t, { type Test } from 'tap';
import { trendsAnswerSchema } from '../../src/api/trends-answer.js';
import { type BenchmarkResult, benchmarkResultSchema } from '../../src/benchmark/result.js';
import type { FakeLlmSettings } from '../fixtures/fake-llm/options.js';
import { measuredTests } from '../fixtures/recorded-run.js';
import {
  chronicle,
  ended,
  everyFileIsWhole,
  fakeServer,
  type RunningAgent,
  startAgent,
  submit,
} from '../fixtures/running-agent.js';

interface Measured {
  readonly agent: RunningAgent;
  readonly results: readonly BenchmarkResult[];
  readonly rows: readonly Record<string, unknown>[];
  /** Samples of a metric, without those of other names that begin alike. */
  readonly samples: (name: string) => readonly { readonly labels: string; readonly value: number }[];
  readonly trends: string;
}

/** Runs of an agent, and all that shows them. */
async function measured(t: Test, runs: number, settings: FakeLlmSettings): Promise<Measured> {
  const server = await fakeServer(t, settings);
  const storage = t.testdir({});
  const agent = await startAgent(t, { storage });
  const results: BenchmarkResult[] = [];
  for (let run = 0; run < runs; run += 1) {
    const job = await ended(agent, await submit(agent, server));
    t.equal(job.status, 'done', job.error ?? '');
    results.push(benchmarkResultSchema.parse(job.result));
  }
  everyFileIsWhole(t, storage);
  const metrics = await (await fetch(`${agent.url}/metrics`)).text();
  const samples = (name: string) =>
    metrics.split('\n').flatMap((line) => {
      const [, labels = '', value] = new RegExp(`^${name}\\{(.*)\\} (\\S+)$`).exec(line) ?? [];
      return value === undefined ? [] : [{ labels, value: Number(value) }];
    });
  const trends = await (await fetch(`${agent.url}/trends`)).text();
  return { agent, results, rows: chronicle(storage) as Record<string, unknown>[], samples, trends };
}

/** The signals of which the trends have a value. */
function judged({ trends }: Measured): ReadonlySet<string> {
  const { series } = trendsAnswerSchema.parse(JSON.parse(trends));
  return new Set(series.flatMap(({ signals }) => signals.map(({ signal }) => signal)));
}

t.test('an answer that comes all at once has no speed anywhere, and the runs count as made', async (t) => {
  const run = await measured(t, 2, { chunksPerWrite: 100_000 });
  const tests = run.results.flatMap(measuredTests);
  t.equal(tests.length, 2 * 3);
  for (const test of tests) {
    const unknown = { avg_tps: null, best_tps: null, avg_ttft_s: null, avg_prefill_tps: null, itl_p50_s: null };
    t.match({ ...test }, { ...unknown, error: null, findings: [{ code: 'arrivals_clumped' }] }, test.test_id);
    t.ok(test.successful_runs > 0);
  }
  t.equal(run.rows.length, tests.length + 2, 'the canary of each run has a row, too');
  for (const row of run.rows) {
    t.match(row, { avg_tps: null, best_tps: null, avg_ttft_s: null, avg_prefill_tps: null, tps_source: null });
  }
  for (const name of ['tokens_per_second', 'best_tokens_per_second', 'time_to_first_token_seconds']) {
    t.same(run.samples(`typhon_benchmark_${name}`), [], name);
  }
  t.ok(run.samples('typhon_benchmark_success').every(({ value }) => value === 1));
  t.equal(run.samples('typhon_benchmark_success').length, 4);
  const signals = judged(run);
  for (const name of ['decode_speed', 'ttft', 'prefill_speed']) t.notOk(signals.has(name), `no ${name} to judge`);
});

// The server's pace is 200 tokens/s: even what a busy machine holds back comes no faster than this.
const MOST_TPS = 1000;

t.test('a count of tokens that cannot be makes no figure', async (t) => {
  const run = await measured(t, 1, { tokenGapMs: 5, toldCompletionTokens: 1e12 });
  const tests = run.results.flatMap(measuredTests);
  for (const test of tests) {
    t.ok((test.completion_tokens ?? Number.NaN) <= test.max_tokens + 1, `${test.test_id}: ${test.completion_tokens}`);
    t.ok((test.best_tps ?? 0) <= MOST_TPS, `${test.test_id}: ${test.best_tps} tokens/s`);
    t.ok(test.findings.some(({ code }) => code === 'implausible_usage'));
  }
  for (const { avg_tps: speed, best_tps: best } of run.rows)
    t.ok(Number(speed) <= MOST_TPS && Number(best) <= MOST_TPS);
  const shown = run.samples('typhon_benchmark_tokens_per_second');
  t.ok(shown.length > 0);
  t.ok(shown.every(({ value }) => value > 0 && value <= MOST_TPS));
  const counted = run
    .samples('typhon_benchmark_tokens_total')
    .filter(({ labels }) => labels.includes('"completion"') && !labels.includes('"canary"'));
  t.equal(counted.length, 3);
  t.ok(judged(run).has('decode_speed'));
  t.ok(counted.every(({ value }) => value > 0 && value < 1e6));
});
