import t, { type Test } from 'tap';
import { recordResult } from '../../src/chronicle/record.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { runCommandLine } from '../../src/commands/program.js';
import { machineReportSchema } from '../../src/trends/report/machine-report.js';
import { benchmarkResult, gpuStats, testResult } from '../fixtures/benchmark-result.js';
import { commandFixture } from '../fixtures/command-context.js';

async function recorded(t: Test) {
  const directory = t.testdir({});
  const paths = storagePaths(`${directory}/data`);
  await checkStorage(paths, { minFreeBytes: 0 });
  const sweep = testResult({
    test_id: 'ctx_sweep_8192',
    category: 'context_sweep',
    ctx_size: 8192,
    gpu_stats: gpuStats(),
  });
  const load = testResult({ test_id: 'concurrency_2', category: 'load', concurrency: 2, aggregate_tps: 144.8 });
  await recordResult(benchmarkResult({ benchmarks: [testResult(), sweep, load] }), paths);
  return commandFixture({ directory });
}

t.test('prints the report for people, as JSON and as Markdown', async (t) => {
  const text = await recorded(t);
  t.equal(await runCommandLine(['report'], text.context), 0);
  t.match(text.stdout(), /^Suggested context {2}8,192 tokens$/m);
  t.match(text.stdout(), /^2 +145 +× 2\.00 +82\.5/m);
  t.match(text.stdout(), /^Too few runs yet to tell a regression of hermes-3-llama-3\.1-8b-q8_0 on local\.$/m);
  const json = await recorded(t);
  t.equal(await runCommandLine(['report', '--json'], json.context), 0);
  t.match(machineReportSchema.parse(JSON.parse(json.stdout())), { suggested_ctx_size: 8192, baseline_tps: 82.5 });
  const markdown = await recorded(t);
  t.equal(await runCommandLine(['report', '--markdown'], markdown.context), 0);
  t.match(markdown.stdout(), /^# hermes-3-llama-3\.1-8b-q8\\_0\n/);
  t.match(markdown.stdout(), /^\| 8,192 \| 82\.5 ± 1\.24 \|/m);
});

t.test('says clearly that nothing was measured yet', async (t) => {
  const { context, stdout, stderr } = commandFixture({ directory: t.testdir({}) });
  t.equal(await runCommandLine(['report'], context), 1);
  t.equal(stdout(), '');
  t.match(stderr(), /^No benchmark has been recorded in .*data yet\. Start one: typhon run --mode quick\n$/);
});

t.test('takes one format', async (t) => {
  const { context } = commandFixture({ directory: t.testdir({}) });
  t.equal(await runCommandLine(['report', '--json', '--markdown'], context), 2);
});
