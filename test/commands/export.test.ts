import { appendFile } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { rotateChronicle } from '../../src/chronicle/rotation.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { runCommandLine } from '../../src/commands/program.js';
import { sharedFiguresSchema } from '../../src/trends/sharing/shared-figures.js';
import { commandFixture } from '../fixtures/command-context.js';
import { historyRow } from '../fixtures/history.js';

async function recorded(t: Test, rows = 2) {
  const directory = t.testdir({});
  const paths = storagePaths(`${directory}/data`);
  await checkStorage(paths, { minFreeBytes: 0 });
  const row = historyRow({ target: 'alice-pc', model: '/home/alice/m.gguf' });
  await appendRows(paths.chronicle, [{ ...row, host: 'alice-pc' }]);
  await rotateChronicle(paths, { fromBytes: 1 });
  await appendRows(
    paths.chronicle,
    Array.from({ length: rows - 1 }, () => row),
  );
  return { directory, paths };
}

t.test('prints every row of every file as JSON lines, without anything personal', async (t) => {
  const { directory } = await recorded(t);
  const { context, stdout } = commandFixture({ directory });
  t.equal(await runCommandLine(['export'], context), 0);
  const rows = stdout()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.match(rows, [{ model: 'm.gguf', avg_tps: 82.5 }, { model: 'm.gguf' }]);
  t.notMatch(stdout(), /alice|b2d1f0c94e7a4d3f8a6c5e1d0f9b8a7c/);
});

t.test('prints them as CSV with a head', async (t) => {
  const { directory } = await recorded(t);
  const { context, stdout } = commandFixture({ directory });
  t.equal(await runCommandLine(['export', '--format', 'csv'], context), 0);
  const lines = stdout().split('\r\n');
  t.match(lines[0], /^run_at,run_id,machine_id,/);
  t.equal(lines.length, 4);
  t.equal(lines[1]?.split(',').length, lines[0]?.split(',').length);
});

t.test('waits for a reader that is slower', async (t) => {
  const { directory } = await recorded(t, 300);
  let text = '';
  let hasRoom = true;
  const stdout = {
    write: (piece: string) => {
      t.equal(hasRoom, true);
      text += piece;
      hasRoom = false;
      return false;
    },
    drained: async () => {
      await nextTurn();
      hasRoom = true;
    },
  };
  const { context } = commandFixture({ directory, stdout });
  t.equal(await runCommandLine(['export'], context), 0);
  t.equal(text.trimEnd().split('\n').length, 300);
});

t.test('says what it passed over, and that there is nothing', async (t) => {
  const { directory, paths } = await recorded(t);
  await appendFile(paths.chronicle, 'junk\n');
  const some = commandFixture({ directory });
  t.equal(await runCommandLine(['export'], some.context), 0);
  t.equal(some.stderr(), '1 lines of the chronicle that are no rows were passed over.\n');
  const none = commandFixture({ directory: t.testdir({}) });
  t.equal(await runCommandLine(['export'], none.context), 0);
  t.match(none.stderr(), /^No result has been recorded in /);
});

t.test('the newest figures as one file to be shared, without anything personal', async (t) => {
  const { directory } = await recorded(t);
  const { context, stdout } = commandFixture({ directory, owner: () => ['tower', 'alice'] });
  t.equal(await runCommandLine(['export', '--share'], context), 0);
  t.match(sharedFiguresSchema.parse(JSON.parse(stdout())).models, [{ model: 'm.gguf', tests: [{ avg_tps: 82.5 }] }]);
  t.notMatch(stdout(), /alice|b2d1f0c94e7a4d3f8a6c5e1d0f9b8a7c/);
  const none = commandFixture({ directory: t.testdir({}) });
  t.equal(await runCommandLine(['export', '--share'], none.context), 1);
  t.match(none.stderr(), /No result has been recorded in .* typhon run makes one\./);
  const both = commandFixture({ directory });
  t.equal(await runCommandLine(['export', '--share', '--format', 'csv'], both.context), 2);
});
