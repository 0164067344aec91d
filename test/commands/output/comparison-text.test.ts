import t, { type Test } from 'tap';
import { comparisonText } from '../../../src/commands/output/comparison-text.js';
import { compareResults } from '../../../src/trends/comparison/comparison.js';
import {
  benchmarkResult,
  failedTestResult,
  gpuStats,
  successfulRun,
  testResult,
} from '../../fixtures/benchmark-result.js';

const options = { drop: 0.1 };

function run(model: string, tps: number) {
  const runs = [successfulRun({ tps }), successfulRun({ tps: tps * 1.01 }), successfulRun({ tps: tps * 0.99 })];
  const fields = { runs, avg_tps: tps, gpu_stats: gpuStats() };
  const load = { test_id: 'concurrency_8', name: 'Concurrency — 8 streams', concurrency: 8, aggregate_tps: tps * 3 };
  return benchmarkResult({
    model,
    benchmarks: [
      testResult(fields),
      testResult({ ...fields, test_id: 'ctx_sweep_16384', name: 'Context sweep — 16,384 tokens' }),
      testResult({ ...fields, ...load }),
    ],
  });
}

function fits(t: Test, text: string): void {
  for (const line of text.split('\n')) t.ok(line.length <= 80, line);
}

t.test('a judged comparison fits in 80 columns, each figure with its change beside it', async (t) => {
  const text = comparisonText(compareResults(run('m', 82), run('m', 41), options));
  fits(t, text);
  t.match(text, /^Test +Decode before +after +change \(95 %\)$/m);
  t.match(text, /^Context sweep — 16,384 tokens +82\.0 ± 2\.04 +41\.0 ± 1\.02 +−50 % \(.* … .*\)$/m);
  t.match(text, /^Context sweep — 16,384 tokens .*worse \(decode\)$/m);
  t.match(text, /^Verdict: worse$/m);
});

t.test('why a test has no verdict is told below', async (t) => {
  const failed = benchmarkResult({ benchmarks: [failedTestResult()] });
  const text = comparisonText(compareResults(failed, failed, options));
  t.match(text, /not comparable/);
  t.match(text, /^Baseline \(short prompt\): failed in both runs\.$/m);
});

t.test('two models stand side by side: one stream and all streams apart, with ratios and no verdict', async (t) => {
  const name = `/models/${'long-name-'.repeat(5)}q8_0.gguf`;
  const text = comparisonText(compareResults(run('small', 120), run(name, 60), options));
  fits(t, text);
  t.match(text, /^Model +small +long-.*…/m);
  t.match(text, /^Baseline \(short prompt\) +120 +60\.0 +× 0\.500/m);
  t.match(text, /All streams before +after +ratio/);
  t.match(text, /^Concurrency — 8 streams .*360 +180 +× 0\.500/m);
  t.match(text.replaceAll('\n  ', ' '), /^No verdict: different models \(small and /m);
  t.notMatch(text, /Verdict:/);
});

t.test('a wide screen has it all in one table', async (t) => {
  const text = comparisonText(compareResults(run('m', 82), run('m', 41), options), 200);
  t.match(text, /^Test +Decode before .* TTFT before .* Verdict$/m);
});
