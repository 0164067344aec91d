import t from 'tap';
import { pairwiseSlopes, slopeInterval95, theilSenSlope } from '../../../src/trends/statistics/theil-sen.js';
import { normalNoise } from '../../fixtures/history-noise.js';

function line(slope: number, from: number, to: number, level = 0): { x: number; y: number }[] {
  return Array.from({ length: to - from }, (_, index) => ({ x: from + index, y: level + slope * (from + index) }));
}

t.test('the slope of a line with wild points is that of the line', async (t) => {
  const points = line(2, 0, 20).map((point) => (point.x % 5 === 0 ? { ...point, y: -1000 } : point));
  t.equal(theilSenSlope(pairwiseSlopes([points])), 2);
});

t.test('stretches of different levels are not compared with each other', async (t) => {
  const slopes = pairwiseSlopes([line(-0.5, 0, 10, 100), line(-0.5, 10, 20, 40)]);
  t.equal(slopes.length, 90);
  t.equal(theilSenSlope(slopes), -0.5);
});

t.test('two values of one moment have no slope', async (t) => {
  const points = [
    { x: 1, y: 1 },
    { x: 1, y: 9 },
    { x: 2, y: 3 },
  ];
  t.strictSame([...pairwiseSlopes([points])], [-6, 2]);
});

t.test('nothing has no slope and no interval', async (t) => {
  t.equal(theilSenSlope(pairwiseSlopes([])), undefined);
  t.equal(slopeInterval95(pairwiseSlopes([]), 1), undefined);
});

t.test('the interval holds the true slope in about 95 of 100 series', async (t) => {
  let held = 0;
  for (let seed = 1; seed <= 300; seed += 1) {
    const noise = normalNoise(seed);
    const points = line(0.3, 0, 30).map(({ x, y }) => ({ x, y: y + noise() }));
    const variance = (30 * 29 * 65) / 18;
    const [low, high] = slopeInterval95(pairwiseSlopes([points]), variance) ?? [0, 0];
    if (low <= 0.3 && high >= 0.3) held += 1;
  }
  t.ok(held >= 275 && held <= 296, `${held} of 300`);
});
