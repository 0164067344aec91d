import t from 'tap';
import { rankSumTest } from '../../../src/trends/statistics/rank-sum.js';
import { SIGNIFICANCE, SPANS, significanceOf } from '../../../src/trends/statistics/significance.js';

t.test('where neighbours resemble each other the same ranks say less', async (t) => {
  const waves = [96, 97, 98, 99, 101, 102, 103, 104, 104, 103, 102, 101, 99, 98, 97, 96];
  const sample = [95, 95, 95, 95];
  const plain = rankSumTest(sample, waves, 'lower').pValue;
  t.ok(plain < SIGNIFICANCE);
  t.ok(significanceOf(sample, waves, 'lower') > 10 * plain);
  const shuffled = [96, 104, 97, 103, 98, 102, 99, 101, 104, 96, 103, 97, 102, 98, 101, 99];
  t.equal(significanceOf(sample, shuffled, 'lower'), rankSumTest(sample, shuffled, 'lower').pValue);
});

t.test('what lies far beyond the noise is believed whatever its neighbours do', async (t) => {
  const waves = [96, 97, 98, 99, 101, 102, 103, 104, 104, 103, 102, 101, 99, 98, 97, 96];
  const sample = [50, 51, 52, 53];
  t.equal(significanceOf(sample, waves, 'lower'), rankSumTest(sample, waves, 'lower').pValue);
});

t.test('as few runs as documented can reach the significance', async (t) => {
  const needed = new Map([
    [5, 8],
    [6, 7],
    [7, 6],
    [8, 5],
    [9, 5],
    [10, 4],
    [20, 4],
  ]);
  for (const [before, runs] of needed) {
    const reference = Array.from({ length: before }, (_, index) => 100 + index);
    const first = SPANS.find((span) => {
      const sample = Array.from({ length: span }, (_, index) => 1 + index);
      return rankSumTest(sample, reference, 'lower').pValue <= SIGNIFICANCE;
    });
    t.equal(first, runs, `${before} runs before`);
  }
});
