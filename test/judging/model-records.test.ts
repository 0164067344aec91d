import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { appendRows } from '../../src/chronicle/chronicle.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { ModelRecords } from '../../src/judging/model-records.js';
import { historyRow } from '../fixtures/history.js';

async function storage(t: Test) {
  const paths = storagePaths(t.testdir({}));
  await checkStorage(paths, { minFreeBytes: 0 });
  return paths;
}

function rows(count: number, from = 0, model = 'many') {
  return Array.from({ length: count }, (_, index) => historyRow({ run_id: `run-${from + index}`, model }));
}

async function modelsIn(records: ModelRecords): Promise<string[]> {
  return (await records.current()).models().map(({ model, run_id }) => `${model} ${run_id}`);
}

t.test('of a chronicle that is empty there are no models', async (t) => {
  t.same(await modelsIn(new ModelRecords(await storage(t))), []);
});

t.test('knows every run, whoever records it and when', async (t) => {
  const paths = await storage(t);
  const records = new ModelRecords(paths);
  await appendRows(paths.chronicle, rows(2));
  t.same(await modelsIn(records), ['many run-1']);
  await appendRows(paths.chronicle, rows(3, 2));
  t.same(await Promise.all([modelsIn(records), modelsIn(records)]), [['many run-4'], ['many run-4']]);
});

t.test('a model measured before the last rows is known over years and a restart', async (t) => {
  const paths = await storage(t);
  await appendRows(paths.chronicle, [historyRow({ model: 'oldest', run_id: 'first' }), ...rows(700)]);
  const command = new ModelRecords(paths);
  t.same(await modelsIn(command), ['oldest first', 'many run-699']);
  await command.keepIfWorth();
  t.ok(existsSync(paths.modelIndex), 'what took long to read is kept');
  await appendRows(paths.chronicle, rows(600, 700));
  t.same(await modelsIn(new ModelRecords(paths)), ['oldest first', 'many run-1299']);
});

t.test('a short chronicle is read again rather than written down by a command', async (t) => {
  const paths = await storage(t);
  await appendRows(paths.chronicle, rows(3));
  const command = new ModelRecords(paths);
  await command.current();
  await command.keepIfWorth();
  t.notOk(existsSync(paths.modelIndex));
  await command.keep();
  t.match(JSON.parse(readFileSync(paths.modelIndex, 'utf8')), { last: { run_id: 'run-2' } });
});

t.test('what was kept and cannot be read, or does not lead on to the chronicle, is made anew', async (t) => {
  const paths = await storage(t);
  await appendRows(paths.chronicle, rows(3));
  writeFileSync(paths.modelIndex, '{"version":1,"last":');
  t.same(await modelsIn(new ModelRecords(paths)), ['many run-2']);
  await new ModelRecords(paths).keep();
  writeFileSync(paths.chronicle, '');
  t.same(await modelsIn(new ModelRecords(paths)), [], 'the chronicle was begun anew');
  await appendRows(paths.chronicle, rows(1, 0, 'another'));
  t.same(await modelsIn(new ModelRecords(paths)), ['another run-0']);
});
