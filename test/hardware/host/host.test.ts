import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { findHostSource } from '../../../src/hardware/host/host.js';
import type { HostSample } from '../../../src/hardware/host/host-sample.js';
import { type TestMachine, testMachine } from '../../fixtures/hardware-machine.js';
import { merged, raplTree, type Tree } from '../../fixtures/sysfs/trees.js';

const INTERVAL_MS = 200;
const stat = 'cpu  100 0 100 700 100 0 0 0 50 0\ncpu0 100 0 100 700 100 0 0 0 50 0\n';
const coretemp: Tree = {
  name: 'coretemp\n',
  temp1_label: 'Package id 0\n',
  temp1_input: '55000\n',
  temp2_label: 'Package id 1\n',
  temp2_input: '58500\n',
};
const full = () => merged(raplTree(), { sys: { class: { hwmon: { hwmon0: coretemp } } }, proc: { stat } });

interface Sampling {
  readonly machine: TestMachine;
  readonly samples: HostSample[];
  readonly readNow: () => void;
  readonly stop: () => void;
}

/** Starts sampling and waits until the files are open, which the first turn's timer shows. */
async function sampling(t: Test, tree: Tree): Promise<Sampling> {
  const machine = testMachine(t.testdir(tree));
  const samples: HostSample[] = [];
  const readings = findHostSource(machine)?.start(INTERVAL_MS, (sample) => samples.push(sample));
  if (readings === undefined) throw new Error('expected a source on Linux');
  const { readNow, stop } = readings;
  t.teardown(stop);
  while (machine.clock.waitingMs.length === 0) await new Promise((done) => setImmediate(done));
  machine.clock.advance(0);
  return { machine, samples, readNow, stop };
}

t.test('power and utilisation are means since the reading before, unknown at the first', async (t) => {
  const { machine, samples } = await sampling(t, full());
  t.match(samples[0], { atMs: 0, energyJ: 0, tempC: 58.5 });
  t.equal(samples[0]?.powerW, undefined);
  t.equal(samples[0]?.utilRatio, undefined);

  writeFileSync(join(machine.root, 'sys/class/powercap/intel-rapl:0/energy_uj'), '14000000\n');
  writeFileSync(join(machine.root, 'proc/stat'), 'cpu  160 0 110 720 110 0 0 0 90 0\n');
  machine.clock.advance(INTERVAL_MS);
  t.match(samples[1], { atMs: 200, energyJ: 13, powerW: 65, utilRatio: 0.7 });
});

t.test('what may not be read is unknown beside what may', async (t) => {
  const { samples } = await sampling(t, { proc: { stat } });
  t.equal(samples.length, 1);
  t.equal(samples[0]?.energyJ, undefined);
  t.equal(samples[0]?.powerW, undefined);
  t.equal(samples[0]?.tempC, undefined);
});

t.test('a machine that tells nothing gives no sample', async (t) => {
  const { machine, samples } = await sampling(t, { proc: { stat: 'intr 1 2 3\n' } });
  machine.clock.advance(5 * INTERVAL_MS);
  t.same(samples, []);
});

t.test('a reading asked for comes at once, and the others keep their rhythm', async (t) => {
  const { machine, samples, readNow } = await sampling(t, full());
  machine.clock.advance(INTERVAL_MS / 2);
  readNow();
  machine.clock.advance(INTERVAL_MS / 2);
  t.same(
    samples.map(({ atMs }) => atMs),
    [0, INTERVAL_MS / 2, INTERVAL_MS],
  );
});

t.test('after the stop nothing is read and no timer waits', async (t) => {
  const { machine, samples, readNow, stop } = await sampling(t, full());
  stop();
  readNow();
  machine.clock.advance(5 * INTERVAL_MS);
  t.equal(samples.length, 1);
  t.same(machine.clock.waitingMs, []);
});

t.test('a stop before the files are open comes in time', async (t) => {
  const machine = testMachine(t.testdir(full()));
  const samples: HostSample[] = [];
  findHostSource(machine)
    ?.start(INTERVAL_MS, (sample) => samples.push(sample))
    ?.stop();
  const later = await sampling(t, full());
  t.equal(later.samples.length, 1, 'what was started later has had its turn');
  machine.clock.advance(INTERVAL_MS);
  t.same(samples, []);
  t.same(machine.clock.waitingMs, []);
});

t.test('only Linux tells', async (t) => {
  t.equal(findHostSource(testMachine(t.testdir({}), { platform: 'darwin' })), undefined);
});
