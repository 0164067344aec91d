import t from 'tap';
import { runComparison } from '../../../src/trends/comparison/run-comparison.js';
import { comparisonSentence, figureWords, ratioWords, withSpread } from '../../../src/web/models/compare-words.js';
import { benchmarkResult, successfulRun, testResult } from '../../fixtures/benchmark-result.js';

interface Level {
  readonly tps: number;
  readonly spread?: number;
  readonly model?: string;
}

function result({ tps, spread = 0.005, model = 'qwen3-8b' }: Level) {
  const runs = [1 - spread, 1, 1 + spread].map((share) => successfulRun({ tps: tps * share }));
  const ci95_tps: [number, number] = [tps * (1 - 2.5 * spread), tps * (1 + 2.5 * spread)];
  return benchmarkResult({ model, benchmarks: [testResult({ avg_tps: tps, ci95_tps, runs })] });
}

function compared(before: Level, after: Level) {
  const { runs, comparisons } = runComparison([result(before), result(after)], { drop: 0.1 });
  const [comparison] = comparisons;
  const decode = comparison?.tests[0]?.decode_speed;
  if (comparison === undefined) throw new Error('expected one comparison');
  return { comparison, decode, tests: runs.map(({ tests }) => tests[0]) };
}

t.test('the judge of the command, in words, with the interval', async (t) => {
  const { decode, comparison } = compared({ tps: 80 }, { tps: 56 });
  t.match(decode && figureWords(decode, 0.1), { tone: 'worse', words: /^−30 % \(−\d\d % … −\d\d %\): slower$/ });
  t.match(comparisonSentence(comparison), { tone: 'worse', words: 'Slower in 1 of 1 tests.' });
  const faster = compared({ tps: 80 }, { tps: 120 });
  t.match(comparisonSentence(faster.comparison), { tone: 'better' });
});

t.test('no difference where the interval lies within what would count, else it cannot be told', async (t) => {
  const close = compared({ tps: 80 }, { tps: 80.2 });
  t.match(close.decode && figureWords(close.decode, 0.1), { tone: 'same', words: /: no difference$/ });
  t.equal(comparisonSentence(close.comparison).words, 'No difference.');
  const noisy = compared({ tps: 80, spread: 0.2 }, { tps: 84, spread: 0.2 });
  t.match(noisy.decode && figureWords(noisy.decode, 0.1), { tone: 'unknown', words: /: cannot tell$/ });
  t.match(comparisonSentence(noisy.comparison).words, /^Cannot tell/);
});

t.test('two models have no verdict: their ratio, as far as both runs let it be told', async (t) => {
  const { comparison, tests } = compared({ tps: 80 }, { tps: 120, model: 'llama-3.1-8b' });
  t.match(comparisonSentence(comparison).words, /^No verdict: different models/);
  t.match(ratioWords(tests[0], tests[1]), { tone: 'same', words: /^× 1\.50 \(1\.4\d … 1\.5\d\)$/ });
  const near = compared({ tps: 80, spread: 0.1 }, { tps: 82, spread: 0.1, model: 'llama-3.1-8b' });
  t.match(ratioWords(near.tests[0], near.tests[1]), { tone: 'unknown', words: /: cannot tell$/ });
  const [first, second] = near.tests;
  t.match(ratioWords(first, second && { ...second, decode_ci95: null }), { words: /its spread is not known$/ });
  t.equal(ratioWords(first, second && { ...second, decode_tps: null }), undefined);
});

t.test('a speed with what it varied by', async (t) => {
  const { tests } = compared({ tps: 80 }, { tps: 80 });
  t.equal(withSpread(tests[0]), '80.0 ± 1.00');
  t.equal(withSpread(undefined), '–');
});
