import t from 'tap';
import { resultsInFile } from '../../../src/web/models/result-file.js';
import { benchmarkResult } from '../../fixtures/benchmark-result.js';
import { sharedFigures, sharedModel } from '../../fixtures/shared-figures.js';

const file = (text: string, size = text.length) => ({ name: 'other.json', size, text: async () => text });

t.test('a result is taken as it is: the agent checks it', async (t) => {
  const result = benchmarkResult();
  t.same(await resultsInFile(file(JSON.stringify(result))), [{ name: 'other.json', result }]);
});

t.test('what is none says what was expected and what came', async (t) => {
  const expected = 'other.json: expected the result.json of a run of typhon';
  const cases = {
    'got no JSON': file('# notes'),
    'got JSON that is no object': file('[1]'),
    'without run_id, model, benchmarks': file('{}'),
    'got shared figures of no model': file(JSON.stringify(sharedFigures({ models: [] }))),
    'got 5000 kB': file('{}', 5_000_000),
  };
  for (const [got, bad] of Object.entries(cases)) {
    const { message } = await resultsInFile(bad).then(
      () => new Error('it was taken'),
      (error: Error) => error,
    );
    t.match(message, expected);
    t.match(message, got);
  }
});

t.test('shared figures are one file for each model', async (t) => {
  const models = ['qwen3:8b', 'phi-4'].map((model) => sharedModel({ model }));
  t.same(await resultsInFile(file(JSON.stringify(sharedFigures({ models })))), [
    { name: 'qwen3:8b, other.json', result: sharedFigures({ models: models.slice(0, 1) }) },
    { name: 'phi-4, other.json', result: sharedFigures({ models: models.slice(1) }) },
  ]);
});
