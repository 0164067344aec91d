import t from 'tap';
import { type ExtraRunLimits, ExtraRuns } from '../../src/benchmark/extra-runs.js';

const limits: ExtraRunLimits = { precision: 0.03, maxRuns: 6, extraTimeMs: 60_000 };

function begun(changed: Partial<ExtraRunLimits> = {}, tests = 1): ExtraRuns {
  const runs = new ExtraRuns({ ...limits, ...changed }, tests);
  runs.nextTest();
  return runs;
}

function wanted(runs: ExtraRuns, speeds: readonly (number | undefined)[], lastRunMs = 1000, made = speeds.length) {
  return runs.isWanted({ speeds, made, lastRunMs });
}

t.test('further runs are wanted until the half-width is small enough', async (t) => {
  t.ok(wanted(begun(), [100]));
  t.ok(wanted(begun(), [100, 100]), 'two runs have no interval');
  t.notOk(wanted(begun(), [100, 100, 100]));
  // t(2) = 4.303 and a deviation of 1: 4.303 / √3 = 2.48.
  t.notOk(wanted(begun(), [99, 100, 101]));
  t.ok(wanted(begun({ precision: 0.02 }), [99, 100, 101]));
  t.ok(wanted(begun(), [98, 100, 102]));
});

t.test('at most so many runs are timed, lost ones counted', async (t) => {
  const noisy = [50, 100, 150, 50, 100];
  t.ok(wanted(begun(), noisy));
  t.notOk(wanted(begun(), [...noisy, 150]));
  t.notOk(wanted(begun(), noisy, 1000, 6));
  t.notOk(wanted(begun({ maxRuns: 2 }), [100]), 'two would leave the test without an interval all the same');
});

t.test('a speed that is unknown is not asked for again', async (t) => {
  t.notOk(wanted(begun(), [undefined]));
  t.notOk(wanted(begun(), [100, undefined]));
  t.ok(wanted(begun(), [undefined, 100]));
  t.ok(wanted(begun(), [], 1000, 1), 'a lost run says nothing of the next one');
});

t.test('no run begins that would overrun the time', async (t) => {
  const runs = begun({ extraTimeMs: 10_000 });
  t.ok(wanted(runs, [50, 100, 150], 10_000));
  t.notOk(wanted(runs, [50, 100, 150], 10_001));
  runs.spent(4000);
  t.ok(wanted(runs, [50, 100, 150], 6000));
  t.notOk(wanted(runs, [50, 100, 150], 6001));
});

t.test('runs without which there is no interval are made only where all of them fit', async (t) => {
  const runs = begun({ extraTimeMs: 10_000 });
  t.ok(wanted(runs, [100], 5000));
  t.notOk(wanted(runs, [100], 5001));
  t.ok(wanted(runs, [100, 100], 10_000));
});

t.test('a noisy test leaves its successors their share, a test without an interval may take all', async (t) => {
  const runs = begun({ extraTimeMs: 40_000 }, 4);
  t.notOk(wanted(runs, [50, 100, 150], 10_001), 'a quarter');
  t.ok(wanted(runs, [100], 20_000), 'for the first interval all that is left');
  runs.spent(4000);
  runs.nextTest();
  t.ok(wanted(runs, [50, 100, 150], 12_000), 'a third of what is left');
  t.notOk(wanted(runs, [50, 100, 150], 12_001));
  for (let test = 0; test < 2; test += 1) runs.nextTest();
  t.ok(wanted(runs, [50, 100, 150], 36_000), 'the last one has all of it');
});

t.test('without time nothing is repeated', async (t) => {
  t.notOk(wanted(begun({ extraTimeMs: 0 }), [100]));
});
