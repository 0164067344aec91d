import { readFile } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { runCommandLine } from '../../src/commands/program.js';
import { commandFixture } from '../fixtures/command-context.js';
import { historyRuns } from '../fixtures/history.js';

async function recorded(t: Test) {
  const directory = t.testdir({});
  const paths = storagePaths(`${directory}/data`);
  await checkStorage(paths, { minFreeBytes: 0 });
  await appendRows(paths.chronicle, historyRuns({ seed: 1, days: 10, cv: 0.02 }).flat());
  return { paths, ...commandFixture({ directory }) };
}

t.test('says what compacting would do and does it when asked', async (t) => {
  const { context, paths, stdout } = await recorded(t);
  const before = await readFile(paths.chronicle, 'utf8');
  t.equal(await runCommandLine(['chronicle', 'compact', '--older-than', '30d', '--dry-run'], context), 0);
  t.match(
    stdout(),
    /^40 rows \(.* MiB\) would become 10 \(.* MiB\): 0 written twice, 30 thinned, 0 unreadable lines\.\n$/,
  );
  t.equal(await readFile(paths.chronicle, 'utf8'), before);
  t.equal(await runCommandLine(['chronicle', 'compact', '--older-than', '30d'], context), 0);
  t.match(stdout(), /40 rows \(.*\) became 10/);
});

t.test('thins nothing where no age is given', async (t) => {
  const { context, stdout } = await recorded(t);
  t.equal(await runCommandLine(['chronicle', 'compact', '--json'], context), 0);
  t.match(JSON.parse(stdout()), { rowsBefore: 40, rowsAfter: 40, thinned: 0 });
});

t.test('an age that is none is bad usage', async (t) => {
  const { context } = await recorded(t);
  t.equal(await runCommandLine(['chronicle', 'compact', '--older-than', 'a year'], context), 2);
});
