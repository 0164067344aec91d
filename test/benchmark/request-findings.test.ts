import t from 'tap';
import { requestFindings } from '../../src/benchmark/request-findings.js';
import type { TestResult } from '../../src/benchmark/result.js';
import { failedRun, failedTestResult, successfulRun, testResult } from '../fixtures/benchmark-result.js';

function findingsOf(test: TestResult, precision?: number) {
  return requestFindings(test, precision);
}

t.test('a test that went as it should has nothing to say', async (t) => {
  t.same(findingsOf(testResult()), []);
});

t.test('lost runs are counted, with the first one’s error', async (t) => {
  const runs = [
    successfulRun(),
    failedRun({ error: 'connection_reset', error_detail: 'the server closed the connection' }),
  ];
  t.same(findingsOf(testResult({ runs, successful_runs: 1 })), [
    {
      code: 'runs_lost',
      message: '1 of 2 timed runs was lost: connection_reset (the server closed the connection).',
    },
  ]);
  const more = [...runs, { success: false as const, error: 'timeout' as const }];
  t.match(findingsOf(testResult({ runs: more })), [{ message: /^2 of 3 timed runs were lost: connection_reset/ }]);
  const plain = [successfulRun(), { success: false as const, error: 'timeout' as const }];
  t.match(findingsOf(testResult({ runs: plain })), [{ message: '1 of 2 timed runs was lost: timeout.' }]);
});

t.test('a test without a success has failed instead', async (t) => {
  t.same(findingsOf(failedTestResult()), []);
});

t.test('a cut prompt is told whichever run met it', async (t) => {
  const cut = failedRun({ error: 'context_exceeded', prompt_truncated: { sent: 8192, read: 4096 } });
  const expected = [
    { code: 'prompt_truncated', message: 'The server cut the prompt: it read 4,096 of about 8,192 tokens.' },
  ];
  t.same(findingsOf(failedTestResult({ runs: [cut] })), expected);
  t.same(findingsOf(failedTestResult({ warmup_run: cut, runs: [] })), expected);
});

t.test('flagged runs are counted, the most telling first', async (t) => {
  const runs = [
    successfulRun({ flags: ['client_gap', 'implausible_usage'] }),
    successfulRun({ flags: ['arrivals_clumped', 'model_reloaded'], tps: null, load_s: 2.41 }),
    successfulRun({ flags: ['arrivals_clumped'], tps_source: 'server' }),
  ];
  t.match(findingsOf(testResult({ runs })), [
    { code: 'model_reloaded', message: /^In 1 of 3 runs the server loaded the model .*\(up to 2\.4 s\)/ },
    { code: 'arrivals_clumped', message: /^In 2 of 3 runs .* known in 1 of them and else unknown\.$/ },
    { code: 'implausible_usage', message: /^In 1 of 3 runs / },
    { code: 'client_gap', message: /^In 1 of 3 runs / },
  ]);
});

t.test('clumped arrivals say where the speed comes from', async (t) => {
  const clumped = (tps: number | null, tps_source: 'socket' | 'server' | null, ttft_s: number | null = null) =>
    findingsOf(testResult({ runs: [successfulRun({ flags: ['arrivals_clumped'], tps, tps_source, ttft_s })] }));
  t.match(clumped(50, 'server'), [{ message: /the decode speed is the server's own\.$/ }]);
  t.match(clumped(50, 'server', 0.1), [
    { message: /decode speed and the time to first token are the server's own, without the way from there to here\.$/ },
  ]);
  t.match(clumped(50, 'socket'), [{ message: /that of the clumps, the time to the first token is unknown\.$/ }]);
  t.match(clumped(null, null), [{ message: /the decode speed is unknown\.$/ }]);
});

t.test('a coefficient of variation above a tenth is noise', async (t) => {
  t.match(findingsOf(testResult({ cv_tps: 0.153, avg_tps: 40 })), [
    { code: 'noisy_result', message: 'Decode speed varied by 15 % around 40.0 tokens/s over 3 runs.' },
  ]);
  t.same(findingsOf(testResult({ cv_tps: 0.1 })), []);
  t.same(findingsOf(testResult({ cv_tps: null })), []);
});

t.test('a mean that is not known as well as was aimed at says how well it is', async (t) => {
  const test = testResult({ avg_tps: 40, ci95_tps: [37.5, 42.5], successful_runs: 6, cv_tps: 0.06 });
  t.same(findingsOf(test, 0.03), [
    {
      code: 'noisy_result',
      message: 'The mean decode speed is known to ± 6.3 % only, after 6 runs: ± 3 % was aimed at.',
    },
  ]);
  t.same(findingsOf(test, 0.0625), []);
  t.same(findingsOf({ ...test, cv_tps: 0.2 }, 0.07), [], 'well enough, however much single runs vary');
});
