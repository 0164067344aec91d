import { readFileSync } from 'node:fs';
import t from 'tap';
import { defaults } from '../../src/config/defaults.js';
import { judge } from '../../src/trends/regression.js';
import { initialState, type RegressionState } from '../../src/trends/regression-state.js';
import { signals } from '../../src/trends/signal.js';

const options = { window: defaults.trendsWindow, minSamples: defaults.trendsMinSamples, drop: 0.1 };
const GOOD = 80;
const SLOW = 56;
/** More than any number in the table. */
const MANY = 30;

class Machine {
  #state: RegressionState = initialState;
  #runs = 0;

  run(value: number): string {
    const at = new Date(Date.UTC(2026, 0, 1, this.#runs)).toISOString();
    const { state, verdict } = judge(
      this.#state,
      { run_id: String(this.#runs), at, value },
      signals.decode_speed,
      options,
    );
    this.#state = state;
    this.#runs += 1;
    return verdict.kind;
  }

  /** How many runs of this speed it takes until the verdict; `undefined` where it never comes. */
  runsUntil(verdict: string, value: number): number | undefined {
    for (let runs = 1; runs <= MANY; runs += 1) if (this.run(value + runs / 1000) === verdict) return runs;
    return undefined;
  }
}

/** After so many good runs, the last of which is the fastest or the slowest of them. */
function afterGoodRuns(count: number, last: 'fastest' | 'slowest'): Machine {
  const machine = new Machine();
  const step = last === 'fastest' ? 0.01 : -0.01;
  for (let run = 0; run < count; run += 1) machine.run(GOOD + run * step);
  return machine;
}

const table = [
  ...readFileSync('docs/runbook.md', 'utf8').matchAll(/^\| (\d+)( or more)? \| \**(\d+)\** \| \**(\d+)\** \|$/gm),
];

t.test('the table of the runbook is what the judgement does', async (t) => {
  t.equal(table.length, 6);
  for (const [, good, orMore, slow, recovered] of table) {
    const counts = orMore === undefined ? [Number(good)] : [Number(good), 15, 20, 40];
    for (const count of counts) {
      const machine = afterGoodRuns(count, 'fastest');
      t.equal(machine.runsUntil('started', SLOW), Number(slow), `slow runs after ${count} good ones`);
      t.equal(machine.runsUntil('recovered', GOOD), Number(recovered), `good runs after that`);
    }
  }
});

t.test('too few good runs never fire, and no machine fires before the third slow run', async (t) => {
  t.equal(afterGoodRuns(4, 'fastest').runsUntil('started', SLOW), undefined);
  for (const count of [9, 10, 20, 40]) {
    const runs = afterGoodRuns(count, 'slowest').runsUntil('started', SLOW);
    t.equal(runs, count === 9 ? 4 : 3, `after ${count} good ones, the last of them the slowest`);
  }
});
