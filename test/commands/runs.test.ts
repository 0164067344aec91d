import t from 'tap';
import { recordResult } from '../../src/chronicle/record.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { runCommandLine } from '../../src/commands/program.js';
import { runListSchema } from '../../src/trends/measured/run-list.js';
import { benchmarkResult } from '../fixtures/benchmark-result.js';
import { commandFixture } from '../fixtures/command-context.js';

const ids = ['2026-11-21_14-30-45.123_a3f1c820', '2026-11-21_15-30-45.123_a3f1c821'] as const;

t.test('lists the newest runs first, for people and as JSON', async (t) => {
  const directory = t.testdir({});
  const paths = storagePaths(`${directory}/data`);
  await checkStorage(paths, { minFreeBytes: 0 });
  for (const run_id of ids) await recordResult(benchmarkResult({ run_id }), paths);
  const text = commandFixture({ directory });
  t.equal(await runCommandLine(['runs'], text.context), 0);
  const [, first, second] = text.stdout().split('\n');
  t.match(first, new RegExp(`^${ids[1]} .* quick +82\\.5 +120 ms$`));
  t.ok(second?.startsWith(ids[0]));
  const json = commandFixture({ directory });
  t.equal(await runCommandLine(['runs', '--limit', '1', '--json'], json.context), 0);
  t.same(
    runListSchema.parse(JSON.parse(json.stdout())).runs.map(({ run_id }) => run_id),
    [ids[1]],
  );
});

t.test('refuses a limit that is none', async (t) => {
  for (const limit of ['0', '-1', '1.5', 'many', '10001']) {
    const { context } = commandFixture({ directory: t.testdir({}) });
    t.equal(await runCommandLine(['runs', '--limit', limit], context), 2, limit);
  }
});
