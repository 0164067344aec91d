import { join } from 'node:path';
import t from 'tap';
import { readNvidiaInventory } from '../../../src/hardware/nvidia/nvidia-inventory.js';
import { addNvidiaSmi, hanging, printing } from '../../fixtures/machine-tree.js';

const TIMEOUT_MS = 60_000;

async function machineWith(root: string, script: string) {
  const bin = join(root, 'bin');
  await addNvidiaSmi(bin, script);
  return { platform: process.platform, root, env: { PATH: bin } };
}

t.test("the driver's list is read in its order, sizes in bytes", async (t) => {
  const script = printing([
    '0, GPU-11111111-1111-1111-1111-111111111111, 00000000:01:00.0, 580.95.05, 24576, NVIDIA GeForce RTX 3090',
    '1, GPU-22222222-2222-2222-2222-222222222222, 00000000:41:00.0, 580.95.05, 46068, NVIDIA L40S',
  ]);
  t.same(await readNvidiaInventory(await machineWith(t.testdir(), script), TIMEOUT_MS), {
    state: 'read',
    gpus: [
      {
        uuid: 'GPU-11111111-1111-1111-1111-111111111111',
        pciBus: '00000000:01:00.0',
        driverVersion: '580.95.05',
        memoryBytes: 24 * 2 ** 30,
        name: 'NVIDIA GeForce RTX 3090',
      },
      {
        uuid: 'GPU-22222222-2222-2222-2222-222222222222',
        pciBus: '00000000:41:00.0',
        driverVersion: '580.95.05',
        memoryBytes: 46068 * 2 ** 20,
        name: 'NVIDIA L40S',
      },
    ],
  });
});

t.test('it asks for exactly the fields that it reads', async (t) => {
  const script = 'echo "0, GPU-1, 00000000:01:00.0, 1.0, 1024, asked: $*"';
  const inventory = await readNvidiaInventory(await machineWith(t.testdir(), script), TIMEOUT_MS);
  const asked = '--query-gpu=index,uuid,pci.bus_id,driver_version,memory.total,name --format=csv,noheader,nounits';
  t.match(inventory, { gpus: [{ name: `asked: ${asked.replaceAll(',', ', ')}` }] });
});

t.test('what the driver does not tell is unknown', async (t) => {
  const script = printing([
    '0, GPU-1, [N/A], 580.95.05, [N/A], NVIDIA GB10',
    '1, [Unknown Error], 00000000:02:00.0, N/A, [Not Supported], NVIDIA Thor',
    '2, ERR!, 00000000:03:00.0, , [Insufficient Permissions], NVIDIA H100 80GB HBM3',
  ]);
  t.match(await readNvidiaInventory(await machineWith(t.testdir(), script), TIMEOUT_MS), {
    state: 'read',
    gpus: [
      { uuid: 'GPU-1', pciBus: undefined, memoryBytes: undefined, name: 'NVIDIA GB10' },
      { uuid: undefined, driverVersion: undefined, memoryBytes: undefined },
      { uuid: undefined, driverVersion: undefined, memoryBytes: undefined },
    ],
  });
});

t.test('a GPU that fell off the bus does not hide the others', async (t) => {
  const script = printing([
    'Unable to determine the device handle for GPU0000:41:00.0: Unknown Error',
    '0, GPU-1, 00000000:01:00.0, 580.95.05, 24576, NVIDIA GeForce RTX 3090',
  ]);
  const inventory = await readNvidiaInventory(await machineWith(t.testdir(), script), TIMEOUT_MS);
  t.match(inventory, { state: 'read', gpus: [{ uuid: 'GPU-1' }] });
  t.equal(inventory.state === 'read' && inventory.gpus.length, 1);
});

t.test("the tool's own words say why it lists nothing", async (t) => {
  const failing = printing(
    ["NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", 'Make sure that …'],
    9,
  );
  t.same(await readNvidiaInventory(await machineWith(t.testdir(), failing), TIMEOUT_MS), {
    state: 'failed',
    problem: "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
  });
  const empty = await machineWith(t.testdir({ empty: {} }), 'echo "No devices were found"');
  t.match(await readNvidiaInventory(empty, TIMEOUT_MS), { state: 'failed', problem: 'No devices were found' });
  const mute = await machineWith(t.testdir({ mute: {} }), 'exit 3');
  t.match(await readNvidiaInventory(mute, TIMEOUT_MS), { state: 'failed', problem: 'exit code 3' });
});

t.test('a tool that hangs is left alone after the time it is given', async (t) => {
  const machine = await machineWith(t.testdir(), hanging);
  t.same(await readNvidiaInventory(machine, 20), { state: 'silent' });
});

t.test('no tool, no list', async (t) => {
  const root = t.testdir();
  t.same(await readNvidiaInventory({ platform: 'linux', root, env: { PATH: root } }, TIMEOUT_MS), { state: 'absent' });
});
