import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { intel } from '../../../src/hardware/drm/intel.js';
import { testMachine } from '../../fixtures/hardware-machine.js';
import { INTERVAL_MS, sampledCards } from '../../fixtures/sampled-cards.js';
import { arcTree, battlemageTree, merged, uhdTree } from '../../fixtures/sysfs/trees.js';

const ARC = 'sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:01.0/0000:03:00.0';
const ARC_CARD = 'sys/class/drm/card0';
const BATTLEMAGE = 'sys/devices/pci0000:00/0000:00:01.0/0000:03:00.0';

t.test('power and utilisation are differences between readings, unknown at the first', async (t) => {
  const { machine, samples } = await sampledCards(t, intel, arcTree());
  t.match(samples[0], { vendor: 'intel', memoryKind: 'dedicated', energyJ: 1, powerLimitW: 190, smClockMhz: 2400 });
  t.equal(samples[0]?.powerW, undefined);
  t.equal(samples[0]?.utilRatio, undefined);

  writeFileSync(join(machine.root, ARC, 'hwmon/hwmon3/energy1_input'), '31000000\n');
  writeFileSync(join(machine.root, ARC_CARD, 'gt/gt0/rc6_residency_ms'), '5050\n');
  machine.clock.advance(INTERVAL_MS);
  t.match(samples[1], { energyJ: 31, powerW: 150, utilRatio: 0.75 });
});

t.test('a counter that starts anew gives no figure for that step', async (t) => {
  const { machine, samples } = await sampledCards(t, intel, arcTree());
  writeFileSync(join(machine.root, ARC, 'hwmon/hwmon3/energy1_input'), '5\n');
  writeFileSync(join(machine.root, ARC_CARD, 'gt/gt0/rc6_residency_ms'), '1\n');
  machine.clock.advance(INTERVAL_MS);
  t.equal(samples[1]?.powerW, undefined);
  t.equal(samples[1]?.utilRatio, undefined);
});

t.test('an engine that was idle longer than the clock says is at 0, not below', async (t) => {
  const { machine, samples } = await sampledCards(t, intel, arcTree());
  writeFileSync(join(machine.root, ARC_CARD, 'gt/gt0/rc6_residency_ms'), '5201\n');
  machine.clock.advance(INTERVAL_MS);
  t.equal(samples[1]?.utilRatio, 0);
});

t.test('i915 tells what holds the clocks down', async (t) => {
  const { machine, samples } = await sampledCards(t, intel, arcTree());
  t.same(samples[0]?.throttle, { thermal: false, power_limit: false, current_limit: false });
  writeFileSync(join(machine.root, ARC_CARD, 'gt/gt0/throttle_reason_status'), '1\n');
  writeFileSync(join(machine.root, ARC_CARD, 'gt/gt0/throttle_reason_pl1'), '1\n');
  machine.clock.advance(INTERVAL_MS);
  t.same(samples[1]?.throttle, { thermal: false, power_limit: true, current_limit: false });
});

t.test("xe's figures lie elsewhere, and its energy may be the chip's", async (t) => {
  const { machine, samples } = await sampledCards(t, intel, battlemageTree());
  t.match(samples[0], {
    energyJ: 7,
    tempC: 56,
    smClockMhz: 2850,
    throttle: { thermal: false, power_limit: true, current_limit: false },
  });
  writeFileSync(join(machine.root, BATTLEMAGE, 'tile0/gt0/gtidle/idle_residency_ms'), '120\n');
  machine.clock.advance(INTERVAL_MS);
  t.equal(samples[1]?.utilRatio, 0.9);
});

t.test('memory is told by the out-of-tree driver alone', async (t) => {
  const { samples } = await sampledCards(t, intel, arcTree());
  t.equal(samples[0]?.memoryUsedBytes, undefined);
  const outOfTree = merged(arcTree(), {
    sys: { class: { drm: { card0: { lmem_total_bytes: '16000000000\n', lmem_avail_bytes: '4000000000\n' } } } },
  });
  const told = await sampledCards(t, intel, outOfTree);
  t.match(told.samples, [{ memoryUsedBytes: 12_000_000_000, memoryTotalBytes: 16_000_000_000 }]);
});

t.test('a sleeping card is left asleep, and its first reading awake compares with nothing', async (t) => {
  const { machine, samples } = await sampledCards(t, intel, arcTree());
  const state = join(machine.root, ARC, 'power/runtime_status');
  writeFileSync(state, 'suspended\n');
  machine.clock.advance(INTERVAL_MS);
  t.equal(samples.length, 1);
  writeFileSync(state, 'active\n');
  machine.clock.advance(INTERVAL_MS);
  t.equal(samples.length, 2);
  t.equal(samples[1]?.powerW, undefined);
});

t.test("the processor's graphics is read only when asked for", async (t) => {
  const machine = testMachine(t.testdir(uhdTree()));
  t.match(await intel.find(machine, false), { state: 'unreadable', hint: /unless gpu\.source is intel/ });
  const { samples } = await sampledCards(t, intel, uhdTree(), true);
  t.match(samples, [{ memoryKind: 'unified', smClockMhz: 300 }]);
  t.same(samples[0]?.throttle, {});
});

t.test('without an Intel GPU there is none', async (t) => {
  t.same(await intel.find(testMachine(t.testdir({})), true), { state: 'absent' });
});

t.test('processes are asked of the kernel', async (t) => {
  const machine = testMachine(t.testdir({ ...arcTree(), proc: { 2: { comm: 'kthreadd\n' } } }));
  const search = await intel.find(machine, false);
  if (search.state !== 'found') throw new Error('expected a source');
  t.same(await search.source.processes(), []);
});
