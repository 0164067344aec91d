import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { recordResult } from '../../src/chronicle/record.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { compareNamed } from '../../src/judging/named-comparison.js';
import { benchmarkResult } from '../fixtures/benchmark-result.js';
import { sharedFigures, sharedModel } from '../fixtures/shared-figures.js';

async function place(t: Test) {
  const directory = t.testdir({});
  const paths = storagePaths(join(directory, 'data'));
  await checkStorage(paths, { minFreeBytes: 0 });
  await recordResult(benchmarkResult({ model: 'qwen3:8b' }), paths);
  const file = (name: string, models: readonly string[]) =>
    writeFileSync(
      join(directory, name),
      JSON.stringify(sharedFigures({ models: models.map((model) => sharedModel({ model })) })),
    );
  const now = new Date('2026-11-22T00:00:00.000Z');
  const compared = (before: string, after: string) =>
    compareNamed({ before, after }, { directory, paths, drop: 0.1, now, prompts: {} });
  return { file, compared };
}

t.test('of shared figures those of the other side’s model are meant, whichever side they are', async (t) => {
  const { file, compared } = await place(t);
  file('their.json', ['phi-4', 'qwen3:8b', 'gemma']);
  const { before, after, verdict, tests, remarks } = await compared('latest', 'their.json');
  t.match([before, after], [{ target: 'local' }, { target: 'shared', model: 'qwen3:8b' }]);
  t.equal(verdict, 'not_comparable');
  t.match(tests[0], { reason: /shared figures are means/ });
  t.ok(tests[0]?.figures.some(({ figure, after: value }) => figure === 'decode_tps' && value === 120));
  t.match(remarks, [/do not tell which machine/]);
  t.notMatch(remarks.join(), /two machines|two targets|later one/);
  t.match((await compared('their.json', 'latest')).before, { model: 'qwen3:8b', target: 'shared' });
});

t.test('one that is not of the other side’s model is named, or asked for', async (t) => {
  const { file, compared } = await place(t);
  file('single.json', ['phi-4']);
  file('several.json', ['phi-4', 'gemma']);
  t.match((await compared('latest', 'single.json')).after, { model: 'phi-4' });
  t.match((await compared('latest', 'several.json#gemma')).after, { model: 'gemma' });
  t.match((await compared('several.json', 'single.json')).before, { model: 'phi-4' });
  const problem = /several\.json has several models: say which, as in several\.json#phi-4\. Models: phi-4, gemma$/;
  await t.rejects(compared('latest', 'several.json'), { code: 'unknown', message: problem });
  await t.rejects(compared('several.json', 'several.json'), { code: 'unknown', message: problem });
});
