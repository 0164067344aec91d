import t from 'tap';
import { readResultFile, resultsIn } from '../../../src/judging/sharing/result-file.js';
import { benchmarkResult } from '../../fixtures/benchmark-result.js';
import { sharedFigures } from '../../fixtures/shared-figures.js';

t.test('a result is one, shared figures are one for each model', async (t) => {
  t.match(resultsIn(benchmarkResult({ run_id: 'one' })), [{ run_id: 'one' }]);
  t.match(resultsIn(sharedFigures()), [{ target: 'shared' }]);
});

t.test('what is neither is told with what was expected', async (t) => {
  t.match(resultsIn({}), { problem: /^expected the result\.json of a run of typhon, or .*run_id/ });
  t.match(resultsIn({ format: 'typhon-share', version: 1 }), {
    problem: /^expected a file of typhon export --share\. models/,
  });
});

t.test('a file that cannot be read says why', async (t) => {
  const folder = t.testdir({ 'torn.json': '{', 'other.json': '{}' });
  await t.rejects(readResultFile(`${folder}/torn.json`), { code: 'corrupt', message: /it is no JSON/ });
  await t.rejects(readResultFile(`${folder}/other.json`), { code: 'corrupt', message: /expected the result\.json/ });
  await t.rejects(readResultFile(`${folder}/gone.json`), { code: 'not_found' });
});
