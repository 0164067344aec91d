import t from 'tap';
import {
  type Finding,
  findingSchema,
  modelLoadedInRuns,
  modelReloaded,
  mostTellingFirst,
  partlyOnCpu,
} from '../../src/benchmark/finding.js';

t.test('findings stand in the order of the closed set, those of one code in theirs', async (t) => {
  const found: Finding[] = [
    { code: 'noisy_result', message: '1' },
    { code: 'ecc_errors', message: '2' },
    { code: 'runs_lost', message: '3' },
    { code: 'ecc_errors', message: '4' },
  ];
  t.same(
    mostTellingFirst(found).map(({ message }) => message),
    ['3', '2', '4', '1'],
  );
});

t.test('a reload names both contexts where they are known and differ', async (t) => {
  t.match(
    modelReloaded({ before: 10_240, after: 4096 }).message,
    /with a context of 4,096 tokens in place of 10,240\.$/,
  );
  for (const context of [
    { before: 4096, after: 4096 },
    { before: undefined, after: 4096 },
    { before: 4096, after: undefined },
  ]) {
    t.match(modelReloaded(context).message, /other options/);
  }
});

t.test('a load within timed runs says how long it took where the server told', async (t) => {
  t.match(modelLoadedInRuns({ runs: 1, of: 2 }, 2.41).message, /^In 1 of 2 runs .*\(up to 2\.4 s\)/);
  t.notMatch(modelLoadedInRuns({ runs: 1, of: 2 }, undefined).message, /up to/);
});

t.test('a model that lies partly on the CPU is never called wholly on the GPU', async (t) => {
  t.equal(partlyOnCpu(0.525).message, '52 % of the model lies on the GPU, the rest on the CPU.');
  t.match(partlyOnCpu(0.9999).message, /^99 % /);
  t.equal(partlyOnCpu(0).message, 'The model lies on the CPU.');
  findingSchema.parse(partlyOnCpu(0.5));
});
