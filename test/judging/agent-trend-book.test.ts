import { access, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { storagePaths } from '../../src/chronicle/storage.js';
import { AgentTrendBook } from '../../src/judging/agent-trend-book.js';
import { openTrendBook, trendSettings } from '../../src/judging/trend-records.js';
import type { SignalVerdict } from '../../src/trends/trend-book.js';
import { historyRuns } from '../fixtures/history.js';

const trends = { window: 20, minSamples: 5, drop: 0.1 };
const now = () => new Date('2026-06-01T00:00:00.000Z');
// More than are judged at the start; slower from a time on that only the older ones tell of.
const long = historyRuns({ seed: 4, days: 145, cv: 0.02, steps: [{ day: 10, ratios: { decode_speed: 0.7 } }] }).flat();

async function bench(t: Test, rows = long) {
  const paths = storagePaths(t.testdir({}));
  await appendRows(paths.chronicle, rows);
  const lines: unknown[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const heard: SignalVerdict[] = [];
  const open = (more: { readonly program?: string; readonly onReplaced?: () => void } = {}) =>
    AgentTrendBook.open({
      paths,
      trends,
      now,
      logger,
      onCaughtUp: (verdicts) => void heard.push(...verdicts),
      program: resolve('src/judging/judging-child.js'),
      ...more,
    });
  return { paths, open, lines, heard };
}

function kept(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

t.test('a long chronicle is judged from its last rows at once, and whole beside the agent', async (t) => {
  const { paths, open, heard } = await bench(t);
  const everything = (await openTrendBook(paths, { settings: trendSettings({ trends }), now: now() })).trends(now());
  t.match(everything, [{ runs: long.length, signals: [{ regression: { status: 'active' } }] }]);
  const replaced: string[] = [];
  const judged = await open({ onReplaced: () => void replaced.push('once') });
  t.match(judged.book.trends(now()), [{ runs: 500, signals: [{ regression: { status: 'steady' } }] }]);
  t.notOk(await kept(paths.trendBook), 'a start that is cut off here is a first one again');
  judged.complete();
  t.same((await judged.whole()).trends(now()), everything);
  t.same(judged.book.trends(now()), everything);
  t.same(replaced, ['once']);
  t.same(heard, [], 'what is as old as the chronicle is told to nobody');
  const again = await open();
  t.same(again.book.trends(now()), everything, 'kept');
});

t.test('runs that were recorded meanwhile are in the book', async (t) => {
  const { paths, open } = await bench(t, long.slice(0, -3));
  const judged = await open();
  judged.complete();
  await appendRows(paths.chronicle, long.slice(-3));
  t.match((await judged.whole()).trends(now()), [{ runs: long.length }]);
});

t.test('a short chronicle is judged and kept at the start', async (t) => {
  const { paths, open } = await bench(t, long.slice(-30));
  const judged = await open();
  t.match(judged.book.trends(now()), [{ runs: 30 }]);
  t.ok(await kept(paths.trendBook));
  judged.complete();
  t.equal(await judged.whole(), judged.book);
});

t.test('of an empty one nothing is kept: rows that are put there later are judged as the first', async (t) => {
  const { paths, open } = await bench(t, []);
  await open();
  t.notOk(await kept(paths.trendBook));
  await writeFile(paths.trendBook, JSON.stringify({ version: 1, series: [], resets: [] }));
  await appendRows(paths.chronicle, long);
  const judged = await open();
  t.match(judged.book.trends(now()), [{ runs: 500 }]);
  judged.complete();
  t.match((await judged.whole()).trends(now()), [{ runs: long.length }]);
});

t.test('where the process fails the last rows stand, and the log says so', async (t) => {
  const { open, lines, paths } = await bench(t);
  const program = join(t.testdirName, 'breaks.mjs');
  await writeFile(program, 'process.exit(3);');
  const judged = await open({ program });
  judged.complete();
  t.match((await judged.whole()).trends(now()), [{ runs: 500 }]);
  t.match(lines, [
    { msg: /only the last runs of the chronicle are judged/, err: { message: /exit code 3|cannot be reached/ } },
  ]);
  t.notOk(await kept(paths.trendBook), 'the next start tries again');
});

t.test('closed meanwhile, it waits for nothing and complains of nothing', async (t) => {
  const { open, lines, paths } = await bench(t);
  const program = join(t.testdirName, 'waits.mjs');
  await writeFile(program, 'setInterval(() => undefined, 1000); process.on("message", () => undefined);');
  const judged = await open({ program });
  judged.complete();
  judged.close();
  await judged.whole();
  t.same(lines, []);
  t.match(await readFile(paths.chronicle, 'utf8'), /\n$/);
});
