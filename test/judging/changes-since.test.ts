import t, { type Test } from 'tap';
import type { BenchmarkResult } from '../../src/benchmark/result.js';
import { recordResult } from '../../src/chronicle/record.js';
import { removeRun } from '../../src/chronicle/run-folder.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { changesSince } from '../../src/judging/changes-since.js';
import { benchmarkResult } from '../fixtures/benchmark-result.js';

const options = { trends: [], drop: 0.1 };

async function recorded(t: Test, runs: readonly (Partial<BenchmarkResult> & { readonly day: number })[]) {
  const paths = storagePaths(t.testdir({}));
  await checkStorage(paths, { minFreeBytes: 0 });
  for (const { day, ...fields } of runs) {
    const at = `2026-11-${day}T10:00:00.000Z`;
    await recordResult(benchmarkResult({ run_id: idOf(day), run_at: at, finished_at: at, ...fields }), paths);
  }
  return paths;
}

function idOf(day: number): string {
  return `2026-11-${day}_10-00-00.000_aaaaaa${day}`;
}

function driver(version: string): Pick<BenchmarkResult, 'profile_snapshot'> {
  const { profile_snapshot: snapshot } = benchmarkResult();
  return { profile_snapshot: { ...snapshot, gpus: [{ name: 'RTX 3080', driver_version: version }] } };
}

t.test('begins with the newest run that is as old as was asked for, and tells when it changed', async (t) => {
  const runs = [
    { day: 10, ...driver('550.1') },
    { day: 12, ...driver('550.1') },
    { day: 15, ...driver('560.2') },
    { day: 18, ...driver('560.2') },
  ];
  const paths = await recorded(t, runs);
  const found = await changesSince(paths, { since: new Date('2026-11-13T00:00:00Z') }, options);
  t.match(found, {
    before: { run_id: idOf(12), is_as_old_as_asked: true },
    after: { run_id: idOf(18) },
    runs: 3,
    verdict: 'no_difference',
    changes: [{ factor: 'gpu_driver', before: '550.1', after: '560.2' }],
    timeline: [{ run_id: idOf(15), changes: [{ factor: 'gpu_driver' }] }],
  });
  t.equal(found.timeline.length, 1);
});

t.test('takes the oldest where none is old enough, and the next one where retention has taken it', async (t) => {
  const paths = await recorded(t, [{ day: 10 }, { day: 12 }, { day: 14 }]);
  const longAgo = { since: new Date('2026-01-01T00:00:00Z') };
  t.match(await changesSince(paths, longAgo, options), { before: { run_id: idOf(10), is_as_old_as_asked: false } });
  await removeRun(idOf(10), paths);
  t.match(await changesSince(paths, longAgo, options), { before: { run_id: idOf(12) }, runs: 2 });
});

t.test('looks at one model at one target: that of the newest run, or the one that is asked for', async (t) => {
  const paths = await recorded(t, [
    { day: 10, model: 'a' },
    { day: 11, model: 'b' },
    { day: 12, model: 'a', target: 'other' },
  ]);
  const since = new Date('2026-01-01T00:00:00Z');
  t.match(await changesSince(paths, { since }, options), { model: 'a', target: 'other', runs: 1 });
  t.match(await changesSince(paths, { since, model: 'b' }, options), { model: 'b', runs: 1 });
  await t.rejects(changesSince(paths, { since, model: 'c', target: 'local' }, options), {
    code: 'unknown',
    message: 'Nothing was measured of c at local. Measured: a at local, b at local, a at other',
  });
});

t.test('says that nothing was measured where nothing was', async (t) => {
  const paths = await recorded(t, []);
  await t.rejects(changesSince(paths, { since: new Date() }, options), { code: 'no_run', exitCode: 1 });
});
