import t from 'tap';
import { WORKLOAD_VERSION } from '../../src/benchmark/plan.js';
import { builtInPrompts } from '../../src/benchmark/prompts.js';
import { workloadVersion } from '../../src/benchmark/workload-version.js';

t.test('the built-in workload carries a number alone', async (t) => {
  t.equal(workloadVersion(builtInPrompts), WORKLOAD_VERSION);
  t.equal(workloadVersion({ ...builtInPrompts }), WORKLOAD_VERSION, 'equal prompts, not the same object');
});

t.test('other prompts are another workload, each its own', async (t) => {
  const versions = [
    { ...builtInPrompts, short: 'Why is the sky blue?' },
    { ...builtInPrompts, long: 'Why is the sky blue?' },
    { short: builtInPrompts.long, long: builtInPrompts.short },
    { short: 'a', long: 'bc' },
    { short: 'ab', long: 'c' },
  ].map(workloadVersion);
  for (const version of versions) t.match(version, /^1-custom-[0-9a-f]{8}$/);
  t.equal(new Set(versions).size, versions.length);
  t.equal(workloadVersion({ short: 'a', long: 'bc' }), versions[3], 'the same again for the same prompts');
});
