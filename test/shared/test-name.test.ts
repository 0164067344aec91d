import t from 'tap';
import { testName } from '../../src/shared/test-name.js';

t.test('every test of a plan has one name, and one that is not known its id', async (t) => {
  const names = {
    baseline_short: 'Baseline (short prompt)',
    ctx_sweep_8192: 'Context sweep — 8,192 tokens',
    long_gen: 'Long generation stress',
    concurrency_4: 'Concurrency — 4 streams',
    memory_wall: 'Memory wall detection',
    canary: 'Output canary',
    zeus_131072: 'Zeus — 131,072 tokens',
    ctx_sweep_: 'ctx_sweep_',
    from_the_future: 'from_the_future',
    constructor: 'constructor',
  };
  for (const [id, name] of Object.entries(names)) t.equal(testName(id), name);
});
