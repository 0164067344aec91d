import t, { type Test } from 'tap';
import { recordResult } from '../../../src/chronicle/record.js';
import { runComparisonSchema } from '../../../src/trends/comparison/run-comparison.js';
import { apiBench } from '../../fixtures/api-bench.js';
import { benchmarkResult, testResult } from '../../fixtures/benchmark-result.js';

const [first, second] = ['2026-11-21_14-30-45.123_a3f1c820', '2026-11-22_14-30-45.123_a3f1c821'];

async function bench(t: Test, rules = {}) {
  const { url, paths } = await apiBench(t, { rules });
  await recordResult(benchmarkResult({ run_id: first }), paths);
  await recordResult(benchmarkResult({ run_id: second, run_at: '2026-11-22T14:30:45.123Z' }), paths);
  const get = (...runs: readonly string[]) => fetch(`${url}/compare?${runs.map((run) => `run=${run}`).join('&')}`);
  const post = (body: string | object) =>
    fetch(`${url}/compare`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { get, post };
}

async function detailOf(response: Response): Promise<string> {
  return ((await response.json()) as { detail: string }).detail;
}

t.test('recorded runs by their ids, by the judge of the command', async (t) => {
  const { get } = await bench(t);
  const { runs, comparisons } = runComparisonSchema.parse(await (await get(first, second)).json());
  t.match(runs, [{ run_id: first }, { run_id: second }]);
  t.match(comparisons, [{ verdict: 'no_difference', before: { run_id: first }, after: { run_id: second } }]);
  t.equal((await get(first)).status, 422);
  t.equal((await get(...new Array<string>(7).fill(first))).status, 422);
  t.equal((await get(first, '2026-11-23_14-30-45.123_a3f1c822')).status, 404);
});

t.test('the result of another machine beside a recorded one, and nothing of it is kept', async (t) => {
  const { get, post } = await bench(t);
  const foreign = benchmarkResult({
    run_id: '2026-10-01_00-00-00.000_00000001',
    machine_id: 'ffffffffffffffffffffffffffffffff',
    model: 'qwen3-8b-q4_k_m',
  });
  const { runs, comparisons } = runComparisonSchema.parse(await (await post({ runs: [first, foreign] })).json());
  t.equal(runs[1]?.machine_id, foreign.machine_id);
  t.match(comparisons, [{ verdict: 'not_comparable', reason: /different models/ }]);
  t.ok((comparisons[0]?.tests[0]?.figures.length ?? 0) > 0, 'their figures stand side by side');
  t.equal((await get(first, foreign.run_id)).status, 404);
});

t.test('what is no result is refused, and what was expected is said', async (t) => {
  const { post } = await bench(t);
  const answer = await post({ runs: [first, { benchmarks: 'none' }] });
  t.equal(answer.status, 422);
  t.match(await detailOf(answer), /^runs\.1: expected the result\.json of a run of typhon\. /);
  t.equal((await post({ runs: [first, 7] })).status, 422);
  t.equal((await post('{')).status, 422);
});

t.test('files of usual size fit, an endless one does not', async (t) => {
  const { post } = await bench(t);
  const name = 'x'.repeat(100_000);
  const large = benchmarkResult({ benchmarks: [testResult({ name })] });
  t.equal((await post({ runs: [first, large] })).status, 200);
  const refused = await post({ runs: [first, { ...large, target: 'x'.repeat(2 ** 20) }] });
  t.equal(refused.status, 413);
  t.match(await detailOf(refused), '1048576');
});

t.test('asks for the token where everything is protected', async (t) => {
  const { get, post } = await bench(t, { token: 'open-sesame', protect: 'all' });
  t.equal((await get(first, second)).status, 401);
  t.equal((await post({ runs: [first, second] })).status, 401);
});
