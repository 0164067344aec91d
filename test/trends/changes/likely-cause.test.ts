import t from 'tap';
import { likelyCauseOf } from '../../../src/trends/changes/likely-cause.js';
import type { TrendSample } from '../../../src/trends/regression-state.js';

const regression = { since: '2026-01-11T00:00:00.000Z', change_ratio: -0.2 };

/** One run a day from 1 January on. */
function runs(...values: number[]): TrendSample[] {
  return values.map((value, index) => ({
    run_id: String(index),
    at: new Date(Date.UTC(2026, 0, 1 + index)).toISOString(),
    value,
  }));
}

const ten = (value: number): number[] => new Array<number>(10).fill(value);

t.test('the machine, where the reference model slowed at the same time', async (t) => {
  t.equal(likelyCauseOf(regression, [runs(...ten(50), 40, 41, 40, 39)]), 'machine');
});

t.test('the machine, where it slowed by half as much, though below the threshold', async (t) => {
  t.equal(likelyCauseOf({ ...regression, change_ratio: -0.12 }, [runs(...ten(50), 47, 47, 47, 47)]), 'machine');
});

t.test('the server, where it kept its speed', async (t) => {
  t.equal(likelyCauseOf(regression, [runs(...ten(50), 50, 49, 51, 50)]), 'server');
});

t.test('the server, where it became faster', async (t) => {
  t.equal(likelyCauseOf(regression, [runs(...ten(50), 60, 60, 60, 60)]), 'server');
});

t.test('a signal that rises when it gets worse', async (t) => {
  const slower = { ...regression, change_ratio: 0.3 };
  t.equal(likelyCauseOf(slower, [runs(...ten(1), 1.3, 1.3, 1.3, 1.3)]), 'machine');
  t.equal(likelyCauseOf(slower, [runs(...ten(1), 1, 1, 1, 1)]), 'server');
});

t.test('most of its tests decide', async (t) => {
  const [slowed, kept] = [runs(...ten(50), 40, 40, 40, 40), runs(...ten(50), 50, 50, 50, 50)];
  t.equal(likelyCauseOf(regression, [slowed, slowed, kept]), 'machine');
  t.equal(likelyCauseOf(regression, [kept, slowed, kept]), 'server');
});

t.test('nobody knows, with too few runs on either side', async (t) => {
  t.equal(likelyCauseOf(regression, []), undefined);
  t.equal(likelyCauseOf(regression, [runs(...ten(50), 40, 40, 40)]), undefined);
  t.equal(likelyCauseOf({ ...regression, since: '2026-01-03T00:00:00.000Z' }, [runs(...ten(40))]), undefined);
});
