import t, { type Test } from 'tap';
import type { BenchmarkResult } from '../../src/benchmark/result.js';
import { writeRunFolder } from '../../src/chronicle/run-folder.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { runCommandLine } from '../../src/commands/program.js';
import { benchmarkResult, successfulRun, testResult } from '../fixtures/benchmark-result.js';
import { commandFixture } from '../fixtures/command-context.js';

/** Runs on three days at these speeds, the newest last. */
async function recorded(t: Test, speeds: readonly number[], fields: Partial<BenchmarkResult> = {}) {
  const directory = t.testdir({});
  const paths = storagePaths(`${directory}/data`);
  await checkStorage(paths, { minFreeBytes: 0 });
  for (const [index, tps] of speeds.entries()) {
    const run_id = `2026-11-2${index}_00-00-00.000_0000000${index}`;
    const runs = [successfulRun({ tps }), successfulRun({ tps: tps * 1.01 })];
    const last = index === speeds.length - 1 ? fields : {};
    await writeRunFolder(benchmarkResult({ run_id, benchmarks: [testResult({ runs })], ...last }), paths);
  }
  return commandFixture({ directory });
}

t.test('two runs that do not differ end with 0', async (t) => {
  const { context, stdout } = await recorded(t, [82, 81.5]);
  t.equal(await runCommandLine(['compare', 'previous', 'last'], context), 0);
  t.match(stdout(), /Verdict: no difference\n$/);
});

t.test('a worse one ends with 3, for people and for programs', async (t) => {
  const text = await recorded(t, [82, 40]);
  t.equal(await runCommandLine(['compare', '2026-11-20', '2026-11-21'], text.context), 3);
  t.match(text.stdout(), /−51 % \(−\d+ % … −\d+ %\)/);
  t.match(text.stdout(), /Verdict: worse\n$/);
  t.equal(text.stderr(), '');
  const json = await recorded(t, [82, 40]);
  t.equal(await runCommandLine(['compare', '00000000', '00000001', '--json'], json.context), 3);
  t.match(JSON.parse(json.stdout()), { verdict: 'worse', tests: [{ decode_speed: { verdict: 'worse' } }] });
});

t.test('of two workloads the figures stand side by side, without a verdict', async (t) => {
  const { context, stdout } = await recorded(t, [82, 82], { workload_version: 2 });
  t.equal(await runCommandLine(['compare', 'previous', 'latest'], context), 0);
  t.match(stdout(), /^Baseline \(short prompt\) {2}82\.5 {11}82\.5 {3}× 1\.00$/m);
  t.match(stdout(), /No verdict: different workloads \(1 and 2\)\.\n$/);
});

t.test('runs without a test in common end with 1 and the reason', async (t) => {
  const { context, stderr } = await recorded(t, [82, 82], { benchmarks: [testResult({ test_id: 'long_gen' })] });
  t.equal(await runCommandLine(['compare', 'previous', 'last'], context), 1);
  t.equal(stderr(), 'No test of these runs can be compared: measured in one of the runs only.\n');
});

t.test('a run that is not there is bad usage, no run at all is an error', async (t) => {
  const some = await recorded(t, [82]);
  t.equal(await runCommandLine(['compare', 'last', 'zzz'], some.context), 2);
  t.equal(await runCommandLine(['compare', 'previous', 'last'], some.context), 1);
  const none = commandFixture({ directory: t.testdir({}) });
  t.equal(await runCommandLine(['compare', 'previous', 'last'], none.context), 1);
});
