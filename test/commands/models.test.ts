import t, { type Test } from 'tap';
import { recordResult } from '../../src/chronicle/record.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { runCommandLine } from '../../src/commands/program.js';
import { modelListSchema } from '../../src/trends/measured/model-list.js';
import { benchmarkResult, testResult } from '../fixtures/benchmark-result.js';
import { commandFixture } from '../fixtures/command-context.js';

async function recorded(t: Test) {
  const directory = t.testdir({});
  const paths = storagePaths(`${directory}/data`);
  await checkStorage(paths, { minFreeBytes: 0 });
  await recordResult(benchmarkResult({ model: 'slow-q8_0' }), paths);
  const faster = benchmarkResult({
    run_id: '2026-11-21_15-30-45.123_a3f1c821',
    model: 'fast-q4_k_m',
    benchmarks: [testResult({ avg_tps: 120, avg_ttft_s: 0.5 })],
  });
  await recordResult(faster, paths);
  return commandFixture({ directory });
}

t.test('ranks the models for people, as JSON, as Markdown and as CSV', async (t) => {
  const text = await recorded(t);
  t.equal(await runCommandLine(['models'], text.context), 0);
  t.match(text.stdout(), /^1 {2}fast-q4_k_m {2}q4_k_m {5}120/m);
  t.match(text.stdout(), /^2 {2}slow-q8_0 {4}q8_0 {7}82\.5/m);
  const json = await recorded(t);
  t.equal(await runCommandLine(['models', '--sort', 'ttft', '--json'], json.context), 0);
  const { models } = modelListSchema.parse(JSON.parse(json.stdout()));
  t.same(
    models.map(({ model }) => model),
    ['slow-q8_0', 'fast-q4_k_m'],
  );
  const markdown = await recorded(t);
  t.equal(await runCommandLine(['models', '--markdown'], markdown.context), 0);
  t.match(markdown.stdout(), /^\| fast-q4\\_k\\_m \| q4\\_k\\_m \| 120 \|/m);
  const csv = await recorded(t);
  t.equal(await runCommandLine(['models', '--csv'], csv.context), 0);
  const [head, first] = csv.stdout().split('\r\n');
  const cells = Object.fromEntries((head ?? '').split(',').map((title, index) => [title, first?.split(',')[index]]));
  t.match(cells, { model: 'fast-q4_k_m', short_decode_tps: '120', short_ttft_s: '0.5', state: 'learning' });
});

t.test('says clearly that nothing was measured yet', async (t) => {
  for (const command of ['models', 'runs']) {
    const { context, stdout, stderr } = commandFixture({ directory: t.testdir({}) });
    t.equal(await runCommandLine([command], context), 1);
    t.equal(stdout(), '');
    t.match(stderr(), /^No benchmark has been recorded in .*data yet\. Start one: typhon run --mode quick\n$/);
  }
});

t.test('takes one format, and an order that there is', async (t) => {
  for (const flags of [
    ['--json', '--csv'],
    ['--markdown', '--csv'],
    ['--json', '--markdown'],
    ['--sort', 'beauty'],
  ]) {
    const { context } = commandFixture({ directory: t.testdir({}) });
    t.equal(await runCommandLine(['models', ...flags], context), 2, flags.join(' '));
  }
});
