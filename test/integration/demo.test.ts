import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { type BenchmarkResult, benchmarkResultSchema } from '../../src/benchmark/result.js';
import { childrenOf, isAlive, startTyphon, until } from '../fixtures/typhon-process.js';

// Real inference on whatever cores the machine has left.
t.setTimeout(900_000);

const PROMPT_TOLERANCE = 0.02;

async function lastRun(storage: string): Promise<BenchmarkResult> {
  return benchmarkResultSchema.parse(JSON.parse(await readFile(join(storage, 'last_run.json'), 'utf8')));
}

function ttftOf({ benchmarks }: BenchmarkResult, testId: string): number {
  const ttft = benchmarks.find(({ test_id }) => test_id === testId)?.avg_ttft_s;
  if (ttft === null || ttft === undefined) throw new Error(`no time to first token of ${testId}`);
  return ttft;
}

t.test('demo --once measures the reference model, twice with the same work', async (t) => {
  const storage = t.testdir({});
  const results: BenchmarkResult[] = [];
  for (let run = 0; run < 2; run += 1) {
    const end = await startTyphon(t, ['demo', '--once', '--storage.path', storage]).ended();
    t.equal(end.code, 0, end.stderr);
    t.match(end.stdout, /^Test +Decode tok\/s +TTFT +Prefill tok\/s/m);
    const result = await lastRun(storage);
    t.match(end.stdout, `Recorded as ${result.run_id}`);
    t.match(result, {
      mode: 'quick',
      target: 'reference',
      model: 'typhon-reference-tiny',
      server: { kind: 'reference' },
    });
    results.push(result);
  }
  const [first, second] = results;
  if (first === undefined || second === undefined) throw new Error('two runs were expected');
  t.not(first.run_id, second.run_id);

  for (const test of results.flatMap(({ benchmarks }) => benchmarks)) {
    t.equal(test.error, null, test.test_id);
    t.ok(test.avg_tps !== null && test.avg_tps > 0, `${test.test_id}: ${test.avg_tps} tokens/s`);
    t.ok(test.avg_prefill_tps !== null && test.avg_prefill_tps > 0, `${test.test_id}: prefill ${test.avg_prefill_tps}`);
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
        room <= PROMPT_TOLERANCE || test.ctx_size === first.server.context_length,
        `${test.test_id} fills its context`,
      );
    }
  }
  const filling = first.benchmarks.filter(({ prompt_target_tokens: tokens }) => tokens !== null);
  t.ok(filling.length > 0, 'some tests fill their context');
  // A prompt that were remembered from the first run would cost next to nothing in the second.
  for (const { test_id } of filling) {
    const [before, after] = [ttftOf(first, test_id), ttftOf(second, test_id)];
    t.ok(after > before / 2, `${test_id}: ${after} s after ${before} s`);
  }
});

t.test(
  'demo: the agent on the reference server, a first run at once, one every five minutes, a clean end',
  async (t) => {
    const storage = t.testdir({});
    const typhon = startTyphon(t, ['demo', '--storage.path', storage, '--web.listen-address', '127.0.0.1:0']);
    const [, url = '', id = ''] = await typhon.written(/(http:[\w.:/]+)\/jobs\/([0-9a-f]{8})$/m);
    const ask = async (path: string): Promise<unknown> => (await fetch(`${url}${path}`)).json();
    t.match(await ask('/schedules'), [{ name: 'demo', cron: '*/5 * * * *', mode: 'quick', paused: false }]);
    await until(async () => {
      const { progress } = (await ask(`/jobs/${id}`)) as { progress: { current_test: string | null } };
      return progress.current_test !== null;
    });
    t.match(await ask(`/jobs/${id}`), { status: 'running', trigger: 'schedule:demo', target: 'reference' });
    const children = childrenOf(typhon.pid);
    t.equal(children.length, 2, 'the reference server and the runner');
    typhon.kill('SIGTERM');
    t.equal((await typhon.ended()).code, 0);
    t.same(children.filter(isAlive), [], 'nothing is left');
  },
);
