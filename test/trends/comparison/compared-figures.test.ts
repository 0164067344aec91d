import t from 'tap';
import { figurePairs } from '../../../src/trends/comparison/compared-figures.js';
import { gpuStats, testResult } from '../../fixtures/benchmark-result.js';

t.test('pairs what both runs know, in the order in which it is shown', async (t) => {
  const before = testResult({ gpu_stats: gpuStats({ joules_per_token: 2 }) });
  const after = testResult({ avg_tps: 41.25, gpu_stats: gpuStats({ joules_per_token: null }) });
  t.same(figurePairs(before, after), [
    { figure: 'decode_tps', unit: 'tokens/s', before: 82.5, after: 41.25, ratio: 0.5 },
    { figure: 'prefill_tps', unit: 'tokens/s', before: 316.67, after: 316.67, ratio: 1 },
    { figure: 'ttft_s', unit: 's', before: 0.12, after: 0.12, ratio: 1 },
    { figure: 'peak_vram_mb', unit: 'MiB', before: 8240, after: 8240, ratio: 1 },
  ]);
});

t.test('the speed of all streams stands beside that of one', async (t) => {
  const load = testResult({ concurrency: 4, aggregate_tps: 200 });
  t.match(figurePairs(load, load), [{ figure: 'decode_tps' }, { figure: 'aggregate_tps', before: 200 }]);
});

t.test('tests of other sizes are not the same one, and one alone has no pair', async (t) => {
  t.same(figurePairs(testResult(), testResult({ ctx_size: 4096 })), []);
  t.same(figurePairs(testResult(), testResult({ max_tokens: 65 })), []);
  t.same(figurePairs(testResult(), testResult({ concurrency: 2 })), []);
  t.same(figurePairs(undefined, testResult()), []);
  t.same(figurePairs(testResult(), undefined), []);
});
