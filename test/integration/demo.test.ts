import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type BenchmarkResult, benchmarkResultSchema } from '../../src/benchmark/result.js';
import { speed } from '../../src/shared/figure-text.js';
import { startingBefore } from '../fixtures/clock-ahead.js';
import { measuredTests, plannedRunsOnly } from '../fixtures/recorded-run.js';
import { childrenOf, isAlive, startTyphon, until } from '../fixtures/typhon-process.js';

const PROMPT_TOLERANCE = 0.02;
const FIVE_MINUTES_MS = 300_000;

const storage = t.testdir({});

async function lastRun(storage: string): Promise<BenchmarkResult> {
  return benchmarkResultSchema.parse(JSON.parse(await readFile(join(storage, 'last_run.json'), 'utf8')));
}

function ttftOf({ benchmarks }: BenchmarkResult, testId: string): number {
  const ttft = benchmarks.find(({ test_id }) => test_id === testId)?.avg_ttft_s;
  if (ttft === null || ttft === undefined) throw new Error(`no time to first token of ${testId}`);
  return ttft;
}

let first: BenchmarkResult | undefined;

t.test('demo --once measures the reference model, after a past that it makes up, and says so in a table', async (t) => {
  const flags = ['--with-history', '--storage.path', storage, ...(await plannedRunsOnly(t))];
  const end = await startTyphon(t, ['demo', '--once', ...flags]).ended();
  t.equal(end.code, 0, end.stderr);
  t.match(end.stdout, /four weeks of runs that are made up/);
  t.equal((await readdir(join(storage, 'runs'))).length, 28 * 4 + 1);
  t.match(end.stdout, /^Test +Decode tok\/s +Prefill tok\/s +TTFT/m);
  first = await lastRun(storage);
  t.match(end.stdout, `Recorded as ${first.run_id}`);
  isHonest(t, first);
});

t.test('demo: the agent, a first run at once with the same work, one every five minutes, a clean end', async (t) => {
  if (first === undefined) throw new Error('a run before was expected');
  const place = ['--with-history', '--storage.path', storage, '--web.listen-address', '127.0.0.1:0'];
  const flags = ['demo', ...place, ...(await plannedRunsOnly(t))];
  // The next of its own runs shall not begin meanwhile.
  const typhon = startTyphon(t, flags, startingBefore(FIVE_MINUTES_MS, FIVE_MINUTES_MS - 1000));
  const [, url = '', id = ''] = await typhon.written(/(http:[\w.:/]+)\/jobs\/([0-9a-f]{8})$/m);
  const ask = async (path: string): Promise<unknown> => (await fetch(`${url}${path}`)).json();
  t.match(await ask('/schedules'), [{ name: 'demo', cron: '*/5 * * * *', mode: 'quick', paused: false }]);
  t.match(await ask(`/jobs/${id}`), { trigger: 'schedule:demo', target: 'reference' });

  const [, line = ''] = await typhon.written(/^(The first run: .*)\n/m);
  const second = await lastRun(storage);
  isHonest(t, second);
  t.equal(second.job_id, id);
  const decode = speed(second.benchmarks[0]?.avg_tps ?? 0);
  const figures = /^The first run: decode (\S+) tokens\/s, first token after \S+ m?s, prefill \S+ tokens\/s, /.exec(
    line,
  );
  t.equal(figures?.[1], decode, line);
  t.match(line, /, 6 of 6 tests succeeded in \d+ s\. /);
  t.ok(line.endsWith(`The page: ${url}/, for Prometheus: ${url}/metrics`), line);
  isTheSameWork(t, first, second);

  await fetch(`${url}/jobs/run?mode=quick`, { method: 'POST' });
  const children = await until(() => {
    const pids = childrenOf(typhon.pid);
    return pids.length === 2 && pids;
  });
  typhon.kill('SIGTERM');
  t.equal((await typhon.ended()).code, 0);
  t.same(children.filter(isAlive), [], 'the reference server and the runner are gone');
});

/** A result in which every test succeeded, without any cache and with prompts as long as they were meant to be. */
function isHonest(t: Test, result: BenchmarkResult): void {
  t.match(result, {
    mode: 'quick',
    target: 'reference',
    model: 'typhon-reference-tiny',
    server: { kind: 'reference' },
  });
  for (const test of measuredTests(result)) {
    t.equal(test.error, null, test.test_id);
    // Unknown alone where a busy machine held tokens back; then it says so.
    const isClumped = test.findings.some(({ code }) => code === 'arrivals_clumped');
    const isKnown = (figure: number | null) => (figure === null ? isClumped : figure > 0);
    t.ok(isKnown(test.avg_tps), `${test.test_id}: ${test.avg_tps} tokens/s`);
    t.ok(isKnown(test.avg_prefill_tps), `${test.test_id}: prefill ${test.avg_prefill_tps}`);
    for (const run of test.runs) {
      if (!run.success) throw new Error(`${test.test_id}: ${run.error}`);
      t.equal(run.cached_tokens, 0, test.test_id);
      t.equal(run.completion_tokens, test.max_tokens, test.test_id);
      t.equal(run.token_count_source, 'server_usage', test.test_id);
      if (test.prompt_target_tokens === null) continue;
      const off = Math.abs((run.prompt_tokens ?? 0) - test.prompt_target_tokens) / test.prompt_target_tokens;
      t.ok(off <= PROMPT_TOLERANCE, `${test.test_id}: ${run.prompt_tokens} prompt tokens`);
      const room = Math.abs(test.prompt_target_tokens - test.ctx_size) / test.ctx_size;
      t.ok(
        room <= PROMPT_TOLERANCE || test.ctx_size === result.server.context_length,
        `${test.test_id} fills its context`,
      );
    }
  }
}

function isTheSameWork(t: Test, before: BenchmarkResult, after: BenchmarkResult): void {
  t.not(before.run_id, after.run_id);
  const filling = before.benchmarks.filter(({ prompt_target_tokens: tokens }) => tokens !== null);
  t.ok(filling.length > 0, 'some tests fill their context');
  // A prompt that were remembered from the first run would cost next to nothing in the second: far less than what any
  // load of the machine explains.
  for (const { test_id } of filling) {
    const [was, is] = [ttftOf(before, test_id), ttftOf(after, test_id)];
    t.ok(is > was / 20, `${test_id}: ${is} s after ${was} s`);
  }
}
