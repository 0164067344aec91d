import t from 'tap';
import { lagOneCorrelation } from '../../../src/trends/statistics/serial-correlation.js';
import { noiseOf } from '../../fixtures/history-noise.js';

function values(shape: 'normal' | 'correlated', count: number, seed = 3): number[] {
  const noise = noiseOf(shape, seed);
  return Array.from({ length: count }, () => 100 + 5 * noise());
}

t.test('the correlation of a long series is found', async (t) => {
  t.ok(Math.abs((lagOneCorrelation(values('correlated', 5000)) ?? 0) - 0.5) < 0.05);
  t.ok(Math.abs(lagOneCorrelation(values('normal', 5000)) ?? 1) < 0.05);
});

t.test('the correlation of a short series is right on average', async (t) => {
  const found = Array.from({ length: 400 }, (_, seed) => lagOneCorrelation(values('correlated', 20, seed)) ?? 0);
  const mean = found.reduce((sum, r) => sum + r, 0) / found.length;
  t.ok(Math.abs(mean - 0.5) < 0.1, `${mean}`);
});

t.test('equal values have no correlation', async (t) => {
  t.equal(lagOneCorrelation([5, 5, 5, 5]), undefined);
  t.equal(lagOneCorrelation([]), undefined);
});
