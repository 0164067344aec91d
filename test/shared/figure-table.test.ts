import t from 'tap';
import { namesWith, type TestFigure, valuesOf } from '../../src/shared/figure-table.js';
import { gpuFigures, gpuFiguresOf } from '../../src/shared/gpu-figures.js';
import { testFigures } from '../../src/shared/test-figures.js';

t.test('figures are picked by what they have, in the order of the table', async (t) => {
  const table = { b: { unit: 's', inRow: true }, c: { unit: 's' }, a: { unit: 'J', inRow: true } } as const;
  t.same(namesWith(table, 'inRow'), ['b', 'a']);
  t.same(
    valuesOf(namesWith(table, 'inRow'), (name) => table[name].unit),
    { b: 's', a: 'J' },
  );
});

t.test('no name stands in both tables: a row of the chronicle and a series have the figures of both', async (t) => {
  t.same(
    Object.keys(testFigures).filter((name) => name in gpuFigures),
    [],
  );
});

t.test('the interval of a figure is an interval, of the same field in the same unit', async (t) => {
  const figures: Readonly<Record<string, TestFigure>> = testFigures;
  const shown = Object.values(figures).filter(({ interval }) => interval !== undefined);
  t.ok(shown.length > 0);
  for (const { interval = '', unit, fromRequests } of shown) {
    t.match(figures[interval], { unit, fromRequests: { take: 'ci95', of: fromRequests?.of } }, interval);
  }
});

t.test('figures of one metric have the same help and labels of one name that tell them apart', async (t) => {
  const figures: Readonly<Record<string, TestFigure>> = testFigures;
  const metrics = Object.values(figures).flatMap(({ metric }) => metric ?? []);
  for (const { name, help, labels } of metrics) {
    const others = metrics.filter((other) => other.name === name);
    t.ok(
      others.every((other) => other.help === help),
      `help of ${name}`,
    );
    t.equal(new Set(others.map((other) => JSON.stringify(other.labels))).size, others.length, name);
    t.ok(
      others.every((other) => Object.keys(other.labels ?? {}).join() === Object.keys(labels ?? {}).join()),
      `label names of ${name}`,
    );
  }
});

t.test('energy per token is told for all GPUs together, the rest for each', async (t) => {
  t.same(gpuFiguresOf('all'), ['joules_per_token']);
  t.same([...gpuFiguresOf('each'), ...gpuFiguresOf('all')].toSorted(), namesWith(gpuFigures, 'metric').toSorted());
});
