import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import t, { type Test } from 'tap';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { storagePaths } from '../../src/chronicle/storage.js';
import { evaluateInProcess } from '../../src/judging/judging-process.js';
import { openTrendBook, trendSettings } from '../../src/judging/trend-records.js';
import { historyRuns } from '../fixtures/history.js';

const trends = { window: 20, minSamples: 5, drop: 0.1 };
const now = '2026-06-01T00:00:00.000Z';
const { signal } = new AbortController();
const judging = resolve('src/judging/judging-child.js');

function request(t: Test) {
  const { chronicle, trendBook, baselineResets } = storagePaths(t.testdir({}));
  return { paths: { chronicle, trendBook, baselineResets }, trends, now };
}

function program(t: Test, code: string): string {
  const path = join(t.testdirName, 'judge.mjs');
  writeFileSync(path, code);
  return path;
}

t.test('another process judges as this one would', async (t) => {
  const asked = request(t);
  await appendRows(asked.paths.chronicle, historyRuns({ seed: 7, days: 30, cv: 0.02 }).flat());
  const own = await openTrendBook(asked.paths, { settings: trendSettings({ trends }), now: new Date(now) });
  t.same(await evaluateInProcess(asked, { signal, program: judging }), own.snapshot());
});

t.test('what it says of a chronicle that cannot be read is passed on', async (t) => {
  const asked = request(t);
  const folder = t.testdirName;
  const judged = evaluateInProcess(
    { ...asked, paths: { ...asked.paths, trendBook: folder } },
    { signal, program: judging },
  );
  await t.rejects(judged, { code: 'judging_failed', message: /StorageError/ });
});

t.test('one that dies, or talks of other things, has not judged', async (t) => {
  const asked = request(t);
  const dies = program(t, 'process.on("message", () => process.kill(process.pid, "SIGKILL"));');
  await t.rejects(evaluateInProcess(asked, { signal, program: dies }), { code: 'judging_failed', message: /SIGKILL/ });
  const babbles = program(t, 'process.on("message", () => process.send("done", () => process.disconnect()));');
  const answered = evaluateInProcess(asked, { signal, program: babbles });
  await t.rejects(answered, { code: 'judging_failed', message: /not of the protocol/ });
});
