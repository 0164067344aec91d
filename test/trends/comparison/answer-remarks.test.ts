import t from 'tap';
import type { CanaryResult } from '../../../src/benchmark/canary/canary-result.js';
import { answerRemarks } from '../../../src/trends/comparison/answer-remarks.js';
import { benchmarkResult, testResult } from '../../fixtures/benchmark-result.js';
import { canaryTest, changedCanary } from '../../fixtures/canary-result.js';

const answered = (run_id: string, fields: Partial<CanaryResult>) =>
  benchmarkResult({ run_id, benchmarks: [testResult(), canaryTest(changedCanary(fields))] });

t.test('answers are told to be one or two', async (t) => {
  const first = answered('1', { text: 'ab' });
  t.match(answerRemarks(first, answered('2', { text: 'ab' })), [/^Both runs gave the same answer/]);
  t.match(answerRemarks(first, answered('2', { text: 'ac' })), [/^The runs gave two answers .* “b” became “c”\.$/]);
});

t.test('a server that is not deterministic says nothing about either', async (t) => {
  const torn = answered('2', { text: 'ac', deterministic: false });
  t.match(answerRemarks(answered('1', { text: 'ab' }), torn), [/^The server is not deterministic/]);
});

t.test('nothing is said of a run without a canary, or of one run beside itself', async (t) => {
  const first = answered('1', { text: 'ab' });
  const before = benchmarkResult({ run_id: '0', benchmarks: [testResult(), canaryTest(null)] });
  t.same(answerRemarks(before, first), []);
  t.same(answerRemarks(benchmarkResult({ benchmarks: [] }), first), []);
  t.same(answerRemarks(first, first), []);
});
