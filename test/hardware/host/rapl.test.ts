import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { openRapl } from '../../../src/hardware/host/rapl.js';
import { raplTree } from '../../fixtures/sysfs/trees.js';

function setEnergy(root: string, zone: string, microjoules: number): void {
  writeFileSync(join(root, 'sys/class/powercap', zone, 'energy_uj'), `${microjoules}\n`);
}

t.test('the packages count from their opening; their parts, their twins and the platform do not', async (t) => {
  const root = t.testdir(raplTree());
  const rapl = await openRapl(root);
  t.teardown(() => rapl?.close());
  t.equal(rapl?.read(), 0);
  setEnergy(root, 'intel-rapl:0', 4_500_000);
  setEnergy(root, 'intel-rapl:0:0', 90_000_000);
  setEnergy(root, 'intel-rapl:2', 90_000_000);
  setEnergy(root, 'intel-rapl-mmio:0', 90_000_000);
  t.equal(rapl?.read(), 3.5);
});

t.test('a counter that starts again at 0 goes on counting', async (t) => {
  const root = t.testdir(raplTree());
  const rapl = await openRapl(root);
  t.teardown(() => rapl?.close());
  setEnergy(root, 'intel-rapl:1', 671_150);
  t.equal(rapl?.read(), 1, '328,850 µJ to the end of its range and 671,150 µJ after it');
  setEnergy(root, 'intel-rapl:1', 1_671_150);
  t.equal(rapl?.read(), 2);
});

t.test('while one package does not answer the sum is unknown, and complete again after', async (t) => {
  const root = t.testdir(raplTree());
  const rapl = await openRapl(root);
  t.teardown(() => rapl?.close());
  writeFileSync(join(root, 'sys/class/powercap/intel-rapl:0/energy_uj'), '\n');
  t.equal(rapl?.read(), undefined);
  setEnergy(root, 'intel-rapl:0', 3_000_000);
  t.equal(rapl?.read(), 2);
});

t.test('without readable counters there is no reader', async (t) => {
  t.equal(await openRapl(t.testdir({})), undefined);
  const root = t.testdir(raplTree());
  for (const zone of ['intel-rapl:0', 'intel-rapl:1']) rmSync(join(root, 'sys/class/powercap', zone, 'energy_uj'));
  t.equal(await openRapl(root), undefined);
});

t.test('a counter whose range is unknown is not used: its start over 0 could not be told', async (t) => {
  const root = t.testdir(raplTree());
  rmSync(join(root, 'sys/class/powercap/intel-rapl:1/max_energy_range_uj'));
  const rapl = await openRapl(root);
  t.teardown(() => rapl?.close());
  setEnergy(root, 'intel-rapl:0', 2_000_000);
  setEnergy(root, 'intel-rapl:1', 5);
  t.equal(rapl?.read(), 1);
});
