import { join } from 'node:path';
import t from 'tap';
import { planBenchmark } from '../../../src/benchmark/plan.js';
import { profileSnapshotSchema } from '../../../src/benchmark/result.js';
import { machineOf } from '../../../src/chronicle/row-machine.js';
import {
  type HardwareProfile,
  hardwareProfileSchema,
  readHardwareProfile,
  snapshotOf,
  vramBytesOf,
} from '../../../src/hardware/inventory/profile.js';
import { addCards, addNvidiaSmi, hanging, printing } from '../../fixtures/machine-tree.js';
import { NONE } from '../../fixtures/none.js';
import {
  appleSilicon,
  type InventoryAnswers,
  inventoryOf,
  linuxDesktop,
  nvidiaAndIntelControllers,
  virtualMachine,
} from '../../fixtures/system-inventory.js';

const GIB = 2 ** 30;
const now = () => new Date('2026-11-21T14:30:45.123Z');

interface Place {
  readonly root: string;
  readonly platform?: NodeJS.Platform;
  readonly timeoutMs?: number;
}

/** Reads the profile of a machine whose root is `root` and whose programs are those in `root/bin`. */
async function profileOf(answers: InventoryAnswers, { root, platform = 'linux', timeoutMs }: Place) {
  const profile = await readHardwareProfile({
    now,
    machine: { platform, root, env: { PATH: join(root, 'bin') } },
    machineIdFile: join(root, 'machine_id'),
    inventory: inventoryOf(answers),
    timeoutMs: timeoutMs ?? 60_000,
  });
  t.same(hardwareProfileSchema.parse(JSON.parse(JSON.stringify(profile))), profile, 'survives its own file');
  return profile;
}

const twoCards = printing([
  '0, GPU-11111111-1111-1111-1111-111111111111, 00000000:01:00.0, 580.95.05, 24576, NVIDIA GeForce RTX 3090',
  '1, GPU-22222222-2222-2222-2222-222222222222, 00000000:41:00.0, 580.95.05, 24576, NVIDIA GeForce RTX 3090',
]);

t.test('a workstation with two NVIDIA cards', async (t) => {
  const root = t.testdir();
  await addNvidiaSmi(join(root, 'bin'), twoCards);
  const graphics = { controllers: nvidiaAndIntelControllers };
  const profile = await profileOf({ ...linuxDesktop, graphics }, { root });
  t.match(profile, {
    machine_id: /^[0-9a-f]{32}$/,
    read_at: '2026-11-21T14:30:45.123Z',
    cpu: {
      name: 'AMD Ryzen 9 7950X 16-Core Processor',
      vendor: 'AuthenticAMD',
      physical_cores: 16,
      logical_cores: 32,
      max_clock_ghz: 5.88,
    },
    ram: { total_gb: 62.7, type: 'DDR5', speed_mts: 5600 },
    os: { platform: 'linux', distro: 'Ubuntu', release: '24.04.3 LTS', kernel: '6.14.0-35-generic', arch: 'x64' },
    warnings: NONE,
  });
  t.same(
    profile.gpus.map((gpu) => [gpu.vendor, gpu.index, gpu.vram_gb]),
    [
      ['nvidia', 0, 24],
      ['nvidia', 1, 24],
      ['intel', 0, null],
    ],
  );
  t.equal(vramBytesOf(profile), 48 * GIB);
});

t.test('the profile does not give away host name, ids, serial numbers or addresses', async (t) => {
  const text = JSON.stringify(await profileOf(linuxDesktop, { root: t.testdir() }));
  for (const secret of ['kasimir', '7c1d0e5f', '03aa02fc', 'd8:5e:d3', '4D2A77C1']) t.notMatch(text, secret);
});

t.test('the id is the same at every reading and after every restart', async (t) => {
  const first = await profileOf(linuxDesktop, { root: t.testdir({ first: {} }) });
  const second = await profileOf(linuxDesktop, { root: t.testdir({ second: {} }) });
  t.equal(second.machine_id, first.machine_id);
});

t.test('in a container the id is random, and kept', async (t) => {
  const host = await profileOf(linuxDesktop, { root: t.testdir({ host: {} }) });
  const root = t.testdir({ '.dockerenv': '' });
  const container = await profileOf(linuxDesktop, { root });
  t.not(container.machine_id, host.machine_id);
  t.equal((await profileOf(linuxDesktop, { root })).machine_id, container.machine_id);
  const podman = await profileOf(linuxDesktop, { root: t.testdir({ run: { '.containerenv': '' } }) });
  t.not(podman.machine_id, host.machine_id);
  const lxc = await profileOf(linuxDesktop, {
    root: t.testdir({ proc: { 1: { cgroup: '1:name=systemd:/lxc/web\n' } } }),
  });
  t.equal(lxc.machine_id, host.machine_id, 'an LXC container has an id of its own');
});

t.test('a bare container with --gpus all: no lspci, but the driver answers', async (t) => {
  const root = t.testdir();
  await addNvidiaSmi(join(root, 'bin'), twoCards);
  const profile = await profileOf(virtualMachine, { root });
  t.equal(profile.gpus.length, 2);
  t.equal(vramBytesOf(profile), 48 * GIB);
});

t.test('a virtual machine without a GPU: nothing is invented', async (t) => {
  const profile = await profileOf(virtualMachine, { root: t.testdir() });
  t.match(profile, {
    cpu: { name: 'AMD EPYC', physical_cores: 2, logical_cores: 2, max_clock_ghz: null },
    ram: { total_bytes: 25276514304, total_gb: 23.5, type: null, speed_mts: null },
    gpus: NONE,
    warnings: NONE,
  });
  t.equal(vramBytesOf(profile), undefined);
});

t.test("an AMD card's memory comes from the kernel", async (t) => {
  const root = t.testdir();
  const files = { mem_info_vram_total: '25753026560' };
  await addCards(root, [{ pciBus: '0000:03:00.0', vendor: '0x1002', device: '0x744c', driver: 'amdgpu', files }]);
  const profile = await profileOf(linuxDesktop, { root });
  t.match(profile.gpus, [{ vendor: 'amd', driver: 'amdgpu', vram_gb: 24 }]);
  t.equal(vramBytesOf(profile), 25753026560);
});

t.test('on a Mac the share of the memory counts that Metal gives to a model', async (t) => {
  const small = await profileOf(appleSilicon, { root: t.testdir(), platform: 'darwin' });
  t.match(small.cpu, { name: 'Apple M2 Max' });
  t.match(small.ram, { type: 'LPDDR5', speed_mts: null });
  t.match(small.gpus, [{ memory: 'unified', vram_gb: 32 }]);
  // llama.cpp logs recommendedMaxWorkingSetSize = 21845.34 MiB with 32 GiB and 49152 MiB with 64 GiB.
  t.equal(((vramBytesOf(small) ?? 0) / 2 ** 20).toFixed(2), '21845.33');
  const large = await profileOf(
    { ...appleSilicon, mem: { total: 64 * GIB } },
    { root: t.testdir(), platform: 'darwin' },
  );
  t.equal(vramBytesOf(large), 49152 * 2 ** 20);
});

t.test('a question that fails or is never answered leaves its part unknown and is named', async (t) => {
  const failing = () => Promise.reject(new Error('spawn EAGAIN'));
  const silent = () => new Promise(() => undefined);
  const answers = { ...linuxDesktop, cpu: failing, graphics: silent, memLayout: null };
  const profile = await profileOf(answers, { root: t.testdir(), timeoutMs: 50 });
  t.match(profile, {
    cpu: { name: null, vendor: null, physical_cores: null, logical_cores: null, max_clock_ghz: null },
    ram: { total_gb: 62.7, type: null, speed_mts: null },
    gpus: NONE,
  });
  t.same(profile.warnings, [
    'systeminformation.cpu() failed: spawn EAGAIN.',
    'systeminformation.graphics() did not answer within 50 ms.',
    'systeminformation.memLayout() knows nothing of this machine.',
  ]);
});

t.test('when nothing answers at all there is still a profile', async (t) => {
  const silent = { cpu: null, mem: undefined, memLayout: 'x', graphics: null, osInfo: 3, uuid: null };
  const profile = await profileOf(silent, { root: t.testdir() });
  t.match(profile, { ram: { total_bytes: null }, os: { kernel: null }, gpus: NONE });
  t.equal(profile.warnings.length, 6);
});

t.test('graphics() is not called while nvidia-smi hangs: it would hang this process with it', async (t) => {
  const root = t.testdir();
  await addNvidiaSmi(join(root, 'bin'), hanging);
  let calls = 0;
  const graphics = () => {
    calls += 1;
    return { controllers: [] };
  };
  const profile = await profileOf({ ...linuxDesktop, graphics }, { root, timeoutMs: 50 });
  t.equal(calls, 0);
  t.same(profile.warnings, ['nvidia-smi does not answer: the driver may be hanging.']);
});

t.test('why nvidia-smi lists nothing is said', async (t) => {
  const root = t.testdir();
  await addNvidiaSmi(join(root, 'bin'), printing(['No devices were found'], 6));
  const { warnings } = await profileOf(linuxDesktop, { root });
  t.same(warnings, ['nvidia-smi lists no GPU: No devices were found']);
});

t.test('a list that is read in part holds what was read, and says why the rest is missing', async (t) => {
  const root = t.testdir();
  const lines = [
    '0, GPU-11111111-1111-1111-1111-111111111111, 00000000:01:00.0, 580.95.05, 24576, NVIDIA GeForce RTX 3090',
    'Unable to determine the device handle for GPU1: 0000:02:00.0: GPU is lost.  Reboot the system to recover this GPU',
  ];
  await addNvidiaSmi(join(root, 'bin'), printing(lines, 15));
  const { gpus, warnings } = await profileOf(virtualMachine, { root });
  t.match(gpus, [{ uuid: 'GPU-11111111-1111-1111-1111-111111111111' }]);
  t.same(warnings, [`nvidia-smi does not list all GPUs: ${lines[1]}`]);
});

t.test("the snapshot is what a result holds and what the chronicle's rows are made from", async (t) => {
  const root = t.testdir();
  await addNvidiaSmi(join(root, 'bin'), twoCards);
  const profile = await profileOf(linuxDesktop, { root });
  const snapshot = profileSnapshotSchema.parse(snapshotOf(profile));
  t.same(machineOf(snapshot), {
    gpu_name: '2 × NVIDIA GeForce RTX 3090',
    gpu_vram_gb: 48,
    gpu_vendor: 'nvidia',
    gpu_driver: '580.95.05',
    cpu_name: 'AMD Ryzen 9 7950X 16-Core Processor',
    cpu_cores_phys: 16,
    ram_total_gb: 62.7,
  });
});

t.test('processor graphics beside a card do not count towards the plan; alone they do where they tell', async (t) => {
  const gpu = { index: 0, name: 'x', driver: null, driver_version: null, uuid: null, pci_bus: null, vram_gb: null };
  const card = { ...gpu, vendor: 'amd', memory: 'dedicated', vram_total_bytes: 16 * GIB } as const;
  const apu = { ...gpu, vendor: 'amd', memory: 'unified', vram_total_bytes: 62 * GIB } as const;
  const gpusWith = (...gpus: HardwareProfile['gpus']) => vramBytesOf({ gpus });
  t.equal(gpusWith(card, apu), 16 * GIB);
  t.equal(gpusWith(apu), 62 * GIB);
  t.equal(gpusWith(card, card), 32 * GIB);
  t.equal(gpusWith({ ...card, vram_total_bytes: null }), undefined);
  t.equal(gpusWith({ ...card, vram_total_bytes: null }, card), 16 * GIB);
});

t.test('the plan takes the memory as the profile gives it', async (t) => {
  const root = t.testdir();
  await addNvidiaSmi(join(root, 'bin'), twoCards);
  const testsWith = (vramBytes: number | undefined) =>
    planBenchmark({ mode: 'full', vramBytes, contextLength: undefined, timeoutMs: 120_000 }).tests.map((x) => x.testId);
  t.ok(testsWith(vramBytesOf(await profileOf(linuxDesktop, { root }))).includes('ctx_sweep_65536'));
  const bare = vramBytesOf(await profileOf(virtualMachine, { root: t.testdir({ bare: {} }) }));
  t.notOk(testsWith(bare).includes('ctx_sweep_16384'));
});

t.test('the real machine under the test is read without an error', async (t) => {
  const root = t.testdir();
  const profile = await readHardwareProfile({
    now,
    machine: { platform: process.platform, root: '/', env: process.env },
    machineIdFile: join(root, 'machine_id'),
  });
  t.same(hardwareProfileSchema.parse(profile), profile);
  t.ok((profile.ram.total_bytes ?? 0) > 2 ** 28);
  t.ok((profile.cpu.logical_cores ?? 0) >= 1);
});
