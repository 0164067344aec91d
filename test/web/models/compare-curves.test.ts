import t from 'tap';
import { runComparison } from '../../../src/trends/comparison/run-comparison.js';
import { compareCurves } from '../../../src/web/models/compare-curves.js';
import { benchmarkResult, gpuStats, testResult } from '../../fixtures/benchmark-result.js';

function swept(sizes: readonly number[], power: number | null) {
  return benchmarkResult({
    benchmarks: sizes.map((ctx_size) =>
      testResult({
        test_id: `ctx_sweep_${ctx_size}`,
        category: 'context_sweep',
        ctx_size,
        avg_tps: 100_000 / ctx_size,
        gpu_stats: power === null ? null : gpuStats({ avg_power_w: power }),
      }),
    ),
  });
}

t.test('all sizes of all runs on one axis; what a run did not measure is left out', async (t) => {
  const { runs } = runComparison([swept([2048, 8192], 200), swept([2048, 16384], null)], { drop: 0.1 });
  const curves = compareCurves(runs);
  t.same(curves?.contexts, [2048, 8192, 16384]);
  t.same(
    curves?.runs.map(({ decode, power }) => [decode.map((value) => value !== null), power]),
    [
      [
        [true, true, false],
        [200, 200, null],
      ],
      [
        [true, false, true],
        [null, null, null],
      ],
    ],
  );
  t.equal(curves?.hasPower, true);
});

t.test('one size is no curve', async (t) => {
  const { runs } = runComparison([swept([2048], 200), swept([2048], 200)], { drop: 0.1 });
  t.equal(compareCurves(runs), undefined);
});
