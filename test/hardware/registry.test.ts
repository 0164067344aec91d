import t from 'tap';
import { findGpuSource, gpuSources } from '../../src/hardware/registry.js';
import { gpuVendorIds } from '../../src/shared/gpu-vendor.js';
import { fakeSmiEnv } from '../fixtures/fake-nvidia-smi.js';
import { testMachine } from '../fixtures/hardware-machine.js';
import { apuTree, merged, radeonTree, uhdTree } from '../fixtures/sysfs/trees.js';

t.test('every vendor has its source, under its own name', async (t) => {
  t.same(Object.keys(gpuSources).toSorted(), gpuVendorIds.toSorted());
  for (const vendor of gpuVendorIds) t.equal(gpuSources[vendor].vendor, vendor);
});

t.test('what is there is taken, the card before the graphics of the processor', async (t) => {
  const machine = testMachine(t.testdir(merged(apuTree(0), radeonTree())));
  t.match(await findGpuSource('auto', machine), { state: 'found', source: { vendor: 'amd' } });
  const both = testMachine(t.testdir(apuTree(0)), { env: fakeSmiEnv('two-gpus') });
  t.match(await findGpuSource('auto', both), { state: 'found', source: { vendor: 'nvidia' } });
});

t.test('a vendor that was named is taken before all others, or nothing is', async (t) => {
  const machine = testMachine(t.testdir(apuTree(0)), { env: fakeSmiEnv('two-gpus') });
  t.match(await findGpuSource('amd', machine), { state: 'found', source: { vendor: 'amd' } });
  t.match(await findGpuSource('intel', machine), {
    state: 'unreadable',
    hint: 'gpu.source is intel, but no such GPU or tool was found',
  });
});

t.test('a vendor that was named and cannot be read says why', async (t) => {
  const machine = testMachine(t.testdir({}), { env: fakeSmiEnv('no-driver') });
  t.match(await findGpuSource('nvidia', machine), { state: 'unreadable', hint: /couldn't communicate/ });
});

t.test('a GPU that cannot be read does not keep another from being read', async (t) => {
  const machine = testMachine(t.testdir(radeonTree()), { env: fakeSmiEnv('no-devices') });
  t.match(await findGpuSource('auto', machine), { state: 'found', source: { vendor: 'amd' } });
});

t.test('where none can be read every hint is told', async (t) => {
  const machine = testMachine(t.testdir(uhdTree()), { env: fakeSmiEnv('no-devices') });
  t.match(await findGpuSource('auto', machine), {
    state: 'unreadable',
    hint: /No devices were found; .*unless gpu\.source is intel/,
  });
});

t.test('a machine without a GPU has none, and one told not to look has none either', async (t) => {
  t.same(await findGpuSource('auto', testMachine(t.testdir({}))), { state: 'absent' });
  t.same(await findGpuSource('none', testMachine(t.testdir(radeonTree()))), { state: 'absent' });
});
