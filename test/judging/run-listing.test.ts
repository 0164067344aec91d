import t from 'tap';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { readRunList } from '../../src/judging/run-listing.js';
import { historyRuns } from '../fixtures/history.js';

t.test('reads as many runs as are asked for, each whole', async (t) => {
  const paths = storagePaths(t.testdir({}));
  await checkStorage(paths, { minFreeBytes: 0 });
  const tests = ['baseline_short', 'ctx_sweep_2048', 'long_gen'];
  const runs = historyRuns({ seed: 1, days: 30, cv: 0.01, tests });
  await appendRows(paths.chronicle, runs.flat());
  const now = new Date('2026-02-01T00:00:00.000Z');
  const list = await readRunList(paths, { now, prompts: {}, limit: 5 });
  t.same(
    list.runs.map(({ run_id }) => run_id),
    runs
      .toReversed()
      .slice(0, 5)
      .map(([row]) => row?.run_id),
  );
  t.ok(list.runs.every((run) => run.tests === tests.length));
});
