import { readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { amd } from '../../../src/hardware/drm/amd.js';
import { testMachine } from '../../fixtures/hardware-machine.js';
import { INTERVAL_MS, sampledCards } from '../../fixtures/sampled-cards.js';
import { apuTree, gpuMetrics13, merged, radeonDevice, radeonTree } from '../../fixtures/sysfs/trees.js';

const DEVICE = 'sys/devices/pci0000:00/0000:00:01.1/0000:01:00.0/0000:02:00.0/0000:03:00.0';

t.test("a card's figures are read from its files, in base units", async (t) => {
  const { samples } = await sampledCards(t, amd, radeonTree());
  t.match(samples, [
    {
      vendor: 'amd',
      index: 0,
      uuid: '1234567890abcdef',
      memoryKind: 'dedicated',
      memoryUsedBytes: 8589934592,
      memoryTotalBytes: 25753026560,
      utilRatio: 0.97,
      tempC: 61,
      memoryTempC: 82,
      powerW: 285,
      powerLimitW: 327,
      smClockMhz: 2304,
      memoryClockMhz: 1249,
    },
  ]);
  t.equal(samples[0]?.name, undefined, 'an empty name is no name');
  t.equal(samples[0]?.energyJ, undefined);
});

t.test("the link is the slot's, not the one inside a card with a switch of its own", async (t) => {
  const { samples } = await sampledCards(t, amd, radeonTree());
  t.match(samples[0], { pcieGen: 3, pcieGenMax: 4, pcieWidth: 4, pcieWidthMax: 16 });
});

t.test('every turn reads anew from the files kept open', async (t) => {
  const { machine, samples } = await sampledCards(t, amd, radeonTree());
  writeFileSync(join(machine.root, DEVICE, 'gpu_busy_percent'), '5\n');
  machine.clock.advance(INTERVAL_MS);
  writeFileSync(join(machine.root, DEVICE, 'gpu_busy_percent'), '100\n');
  machine.clock.advance(2 * INTERVAL_MS);
  t.same(
    samples.map(({ atMs, utilRatio }) => [atMs, utilRatio]),
    [
      [0, 0.97],
      [200, 0.05],
      [400, 1],
      [600, 1],
    ],
  );
});

t.test('a card without a sensor at its edge, such as MI300, has the temperature of its junction', async (t) => {
  const edge = /^temp1_/;
  const sensors = Object.entries(radeonDevice.hwmon.hwmon4).filter(([file]) => !edge.test(file));
  const { samples } = await sampledCards(t, amd, radeonTree({ hwmon: { hwmon4: Object.fromEntries(sensors) } }));
  t.match(samples, [{ tempC: 78, memoryTempC: 82 }]);
});

const needsProc = { skip: process.platform === 'linux' ? false : 'open files are listed in /proc alone' };

t.test('a sleeping card is left asleep: nothing but its state is opened', needsProc, async (t) => {
  const { machine, samples } = await sampledCards(t, amd, radeonTree({ power: { runtime_status: 'suspended\n' } }));
  machine.clock.advance(5 * INTERVAL_MS);
  t.same(samples, []);
  t.same(
    openFilesBelow(join(machine.root, DEVICE)),
    ['power/runtime_status'],
    'only this may be read without waking the card',
  );
  writeFileSync(join(machine.root, DEVICE, 'power/runtime_status'), 'active\n');
  machine.clock.advance(INTERVAL_MS);
  t.equal(samples.length, 1);
});

function openFilesBelow(folder: string): string[] {
  const files: string[] = [];
  for (let fd = 0; fd < 200; fd++) {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      if (target.startsWith(`${folder}/`)) files.push(target.slice(folder.length + 1));
    } catch {
      // Not open.
    }
  }
  return files;
}

t.test('stopping closes every file', needsProc, async (t) => {
  const machine = testMachine(t.testdir(radeonTree()));
  const search = await amd.find(machine, false);
  if (search.state !== 'found') throw new Error('expected a source');
  const readings = search.source.start(INTERVAL_MS, { onSamples: () => undefined, onTrouble: () => undefined });
  machine.clock.advance(0);
  t.ok(openFilesBelow(machine.root).length > 10);
  readings.flush();
  readings.stop();
  t.same(openFilesBelow(machine.root), []);
  t.same(machine.clock.waitingMs, []);
});

t.test('a file that the driver does not offer is an unknown figure', async (t) => {
  const tree = radeonTree({ gpu_metrics: Buffer.from('v9'), pp_dpm_sclk: '0: 500Mhz \n', gpu_busy_percent: 'busy\n' });
  const { samples } = await sampledCards(t, amd, tree);
  t.equal(samples[0]?.utilRatio, undefined);
  t.equal(samples[0]?.smClockMhz, undefined);
  t.same(samples[0]?.throttle, {});
  t.equal(samples[0]?.powerW, 285);
});

t.test('a card that answers nothing at all gives no sample', async (t) => {
  const { machine, samples } = await sampledCards(t, amd, radeonTree());
  for (const file of ['mem_info_vram_used', 'gpu_busy_percent', 'hwmon/hwmon4/power1_average']) {
    writeFileSync(join(machine.root, DEVICE, file), '\n');
  }
  machine.clock.advance(INTERVAL_MS);
  t.equal(samples.length, 1);
});

t.test('the causes of throttling come from the metrics table', async (t) => {
  const { samples } = await sampledCards(t, amd, radeonTree({ gpu_metrics: gpuMetrics13(1n << 36n) }));
  t.same(samples[0]?.throttle, { power_limit: false, current_limit: false, thermal: true });
});

t.test("an APU's memory is unified: the carve-out and what is mapped for it", async (t) => {
  const { samples } = await sampledCards(t, amd, apuTree());
  t.match(samples, [
    {
      memoryKind: 'unified',
      memoryUsedBytes: 20_500_000_000,
      memoryTotalBytes: 60_536_870_912,
      powerW: 15,
      smClockMhz: 800,
    },
  ]);
});

t.test("a processor's graphics beside a card counts only when asked for", async (t) => {
  const tree = merged(apuTree(0), radeonTree());
  const byItself = await sampledCards(t, amd, tree);
  t.same(
    byItself.samples.map(({ memoryKind }) => memoryKind),
    ['dedicated'],
  );
  const forced = await sampledCards(t, amd, tree, true);
  t.same(
    forced.samples.map(({ index, memoryKind }) => [index, memoryKind]),
    [
      [0, 'unified'],
      [1, 'dedicated'],
    ],
  );
});

t.test('without an AMD card there is none', async (t) => {
  t.same(await amd.find(testMachine(t.testdir({})), true), { state: 'absent' });
});

t.test("processes on the card are found by the card's address", async (t) => {
  const fdinfo = 'drm-driver:\tamdgpu\ndrm-client-id:\t7\ndrm-pdev:\t0000:03:00.0\ndrm-memory-vram:\t1024 KiB\n';
  const tree = merged(radeonTree(), {
    proc: {
      2: { comm: 'kthreadd\n' },
      900: { comm: 'llama-server\n', fd: { 5: t.fixture('symlink', '/dev/dri/renderD128') }, fdinfo: { 5: fdinfo } },
    },
  });
  const machine = testMachine(t.testdir(tree));
  const search = await amd.find(machine, false);
  if (search.state !== 'found') throw new Error('expected a source');
  t.same(await search.source.processes(), [{ pid: 900, name: 'llama-server', memoryBytes: 1_048_576 }]);
});
