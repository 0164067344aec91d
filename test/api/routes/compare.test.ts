import t, { type Test } from 'tap';
import { recordResult } from '../../../src/chronicle/record.js';
import { runComparisonSchema } from '../../../src/trends/comparison/run-comparison.js';
import { apiBench } from '../../fixtures/api-bench.js';
import { benchmarkResult, testResult } from '../../fixtures/benchmark-result.js';
import { sharedFigures, sharedModel } from '../../fixtures/shared-figures.js';

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

t.test('shared figures of one model beside a run: ratios without a verdict', async (t) => {
  const { post } = await bench(t);
  const answer = await post({ runs: [first, sharedFigures()] });
  const { runs, comparisons } = runComparisonSchema.parse(await answer.json());
  t.match(runs[1], { target: 'shared', gpus: ['NVIDIA GeForce RTX 4090'] });
  t.match(comparisons, [{ verdict: 'not_comparable', tests: [{ reason: /shared figures are means/ }] }]);
  const figure = comparisons[0]?.tests[0]?.figures.find((pair) => pair.figure === 'decode_tps');
  t.equal(figure?.after, 120);
  const two = await post({ runs: [first, sharedFigures({ models: [sharedModel(), sharedModel({ model: 'b' })] })] });
  t.equal(two.status, 422);
  t.match(await detailOf(two), /^runs\.1: expected shared figures of one model, got 2/);
  const torn = await post({ runs: [first, { format: 'typhon-share', version: 2, models: [] }] });
  t.match(await detailOf(torn), /^runs\.1: expected a file of typhon export --share\. version: /);
});

t.test('what is no result is refused, and what was expected is said', async (t) => {
  const { post } = await bench(t);
  const answer = await post({ runs: [first, { benchmarks: 'none' }] });
  t.equal(answer.status, 422);
  t.match(
    await detailOf(answer),
    /^runs\.1: expected the result\.json of a run of typhon, or a file of typhon export --share\. /,
  );
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
