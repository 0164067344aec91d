import { existsSync } from 'node:fs';
import t, { type Test } from 'tap';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { listedModels, readModelList } from '../../src/judging/model-listing.js';
import { ModelRecords } from '../../src/judging/model-records.js';
import { trendSettings } from '../../src/judging/trend-records.js';
import { historyRow, historyRuns } from '../fixtures/history.js';

const now = new Date('2026-03-02T00:00:00.000Z');
const settings = trendSettings({ trends: { window: 20, minSamples: 5, drop: 0.1 } });

async function storage(t: Test) {
  const paths = storagePaths(t.testdir({}));
  await checkStorage(paths, { minFreeBytes: 0 });
  return paths;
}

t.test('a command judges the last rows itself to tell whether a model got worse', async (t) => {
  const paths = await storage(t);
  const runs = historyRuns({ seed: 8, days: 60, cv: 0.02, steps: [{ day: 40, ratios: { decode_speed: 0.8 } }] });
  await appendRows(paths.chronicle, runs.flat());
  const list = await readModelList(paths, { now, sort: 'decode', prompts: {}, settings });
  t.match(list, { workload_version: 1, models: [{ state: 'worse', regressions: [{ signal: 'decode_speed' }] }] });
});

t.test('prompts of its own are a workload of its own', async (t) => {
  const paths = await storage(t);
  await appendRows(paths.chronicle, [historyRow()]);
  const list = await readModelList(paths, { now, sort: 'decode', prompts: { short: 'Say hello.' }, settings });
  t.match(list, { workload_version: /^1-custom-/, models: [{ short: { is_other_workload: true } }] });
});

t.test('what was long to read is written down for the next time', async (t) => {
  const paths = await storage(t);
  await appendRows(
    paths.chronicle,
    Array.from({ length: 600 }, (_, index) => historyRow({ run_id: `run-${index}` })),
  );
  const asked = { now, sort: 'decode', prompts: {}, trends: [] } as const;
  t.match(await listedModels(new ModelRecords(paths), asked), { models: [{ run_id: 'run-599' }] });
  t.ok(existsSync(paths.modelIndex));
});
