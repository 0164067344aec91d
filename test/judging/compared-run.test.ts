import { writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { recordResult } from '../../src/chronicle/record.js';
import { checkStorage, storagePaths } from '../../src/chronicle/storage.js';
import { candidateRuns, type ReferencePlace } from '../../src/judging/compared-run.js';
import { benchmarkResult } from '../fixtures/benchmark-result.js';
import { sharedFigures, sharedModel } from '../fixtures/shared-figures.js';

const recorded = [
  { run_id: '2026-11-21_10-00-00.000_aaaaaaaa', model: 'qwen3:8b', target: 'ollama' },
  { run_id: '2026-11-21_20-00-00.000_bbbbbbbb', model: 'qwen3:8b', target: 'other' },
  { run_id: '2026-11-22_10-00-00.000_cccccccc', model: '/models/llama-q8_0.gguf', target: 'ollama' },
] as const;

async function comparedRun(reference: string, place: ReferencePlace) {
  const [run, ...others] = await candidateRuns(reference, place);
  if (run === undefined || others.length > 0) throw new Error(`expected one run, got ${others.length + 1}`);
  return run;
}

async function place(t: Test) {
  const directory = t.testdir({});
  const paths = storagePaths(join(directory, 'data'));
  await checkStorage(paths, { minFreeBytes: 0 });
  for (const fields of recorded) await recordResult(benchmarkResult(fields), paths);
  return { directory, paths };
}

t.test('finds a run by its id, and the newest of a model, of a target or of all', async (t) => {
  const there = await place(t);
  const found = async (reference: string) => (await comparedRun(reference, there)).run_id.slice(-8);
  t.equal(await found('latest'), 'cccccccc');
  t.equal(await found('aaaaaaaa'), 'aaaaaaaa');
  t.equal(await found('qwen3:8b'), 'bbbbbbbb');
  t.equal(await found('qwen3:8b@ollama'), 'aaaaaaaa');
  t.equal(await found('llama-q8_0.gguf'), 'cccccccc', 'a path by the name of its file');
  t.equal(await found('/models/llama-q8_0.gguf@ollama'), 'cccccccc');
});

t.test('reads a result from anywhere, also where nothing was recorded', async (t) => {
  const directory = t.testdir({ copied: { 'result.json': JSON.stringify(benchmarkResult({ run_id: 'elsewhere' })) } });
  const there = { directory, paths: storagePaths(join(directory, 'data')) };
  for (const reference of ['copied/result.json', './copied', join(directory, 'copied', 'result.json')]) {
    t.equal((await comparedRun(reference, there)).run_id, 'elsewhere', reference);
  }
  writeFileSync(join(directory, 'torn.json'), '{"run_id":');
  await t.rejects(comparedRun('torn.json', there), { code: 'corrupt' });
  await t.rejects(comparedRun('gone.json', there), { exitCode: 2, message: /There is no file .*gone\.json/ });
  await t.rejects(comparedRun('latest', there), { exitCode: 1, message: /typhon run/ });
});

t.test('names models that are like the one that is none, else the newest', async (t) => {
  const there = await place(t);
  await t.rejects(comparedRun('qwen3', there), {
    exitCode: 2,
    message: 'No run, file or model is called "qwen3". Models: qwen3:8b@other, qwen3:8b@ollama',
  });
  await t.rejects(comparedRun('qwen3:8b@gone', there), { message: /Models: qwen3:8b@other, qwen3:8b@ollama$/ });
  await t.rejects(comparedRun('phi-4', there), { message: /Models: llama-q8_0\.gguf@ollama, qwen3:8b@other, / });
  await t.rejects(comparedRun('2025-01', there), { exitCode: 2, message: /No run is called "2025-01"/ });
});

t.test('a model whose run retention has taken is told with where its figures stand', async (t) => {
  const there = await place(t);
  await rm(join(there.paths.runs, recorded[2].run_id), { recursive: true });
  await t.rejects(comparedRun('llama-q8_0.gguf', there), { exitCode: 1, message: /not kept any more.*typhon models/ });
});

t.test('shared figures are a result for each model, or the one that is named behind the file', async (t) => {
  const models = ['qwen3:8b', 'llama-q8_0.gguf'].map((model) => sharedModel({ model }));
  const directory = t.testdir({
    'their.json': JSON.stringify(sharedFigures({ models })),
    'own.json': '{"format":"typhon-share"}',
  });
  const there = { directory, paths: storagePaths(join(directory, 'data')) };
  t.match(await candidateRuns('their.json', there), [{ model: 'qwen3:8b' }, { model: 'llama-q8_0.gguf' }]);
  t.match(await comparedRun('./their.json#qwen3:8b', there), { model: 'qwen3:8b', target: 'shared' });
  await t.rejects(candidateRuns('their.json#phi-4', there), {
    exitCode: 2,
    message: /their\.json has no model "phi-4"\. Models: qwen3:8b, llama-q8_0\.gguf$/,
  });
  await t.rejects(candidateRuns('gone.json#phi-4', there), { message: /^There is no file .*gone\.json\.$/ });
  await t.rejects(candidateRuns('own.json', there), {
    code: 'corrupt',
    message: /expected a file of typhon export --share\. version/,
  });
});
