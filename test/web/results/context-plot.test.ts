import t from 'tap';
import type uPlot from 'uplot';
import { contextPlot, fromZero, plainValues } from '../../../src/web/results/context-plot.js';

// None of what is asked here looks at it.
const noPlot = {} as uPlot;

t.test('every measured context is marked, on an axis that doubles, with room at both ends', async (t) => {
  const { contextAxis, scale, frame } = contextPlot([512, 2048, 8192], { width: 640, height: 200 }, (name) => name);
  t.match(frame, { width: 640, height: 200 });
  t.same(contextAxis.splits(), [512, 2048, 8192]);
  t.same(contextAxis.values(noPlot, [512, 2048, 8192]), ['512', '2k', '8k']);
  t.same(contextAxis.values(noPlot, [null, 2048, null]), ['', '2k', ''], 'one that has no room has no words');
  t.match(scale, { distr: 3, log: 2 });
  const [from, to] = scale.range;
  t.ok(from !== undefined && from > 256 && from < 512);
  t.ok(to !== undefined && to > 8192 && to < 16_384);
});

t.test('is drawn in the colours of the theme', async (t) => {
  const { axis } = contextPlot([512, 2048], { width: 1, height: 1 }, (name) => `colour of ${name}`);
  t.match(axis, { stroke: 'colour of --muted', grid: { stroke: 'colour of --line' } });
});

t.test('begins at nought, with room above the largest, and is no empty range with nothing to show', async (t) => {
  const [low, high] = fromZero(noPlot, 95, 100);
  t.equal(low, 0);
  t.ok(high > 100 && high < 120);
  t.same(fromZero(noPlot, null, null), [0, 1]);
  t.same(fromZero(noPlot, 0, 0), [0, 1]);
});

t.test('marks have no unit: the title says it', async (t) => {
  t.same(plainValues(noPlot, [0, 0.5, 100]), ['0', '0.5', '100']);
});
