import t from 'tap';
import type { DrmGpu } from '../../../src/hardware/drm/drm-inventory.js';
import { type GpuSightings, gibOf, gpuProfileSchema, gpusOf } from '../../../src/hardware/inventory/gpu-inventory.js';
import { graphicsAnswerSchema } from '../../../src/hardware/inventory/system-inventory.js';
import {
  amdControllers,
  appleSilicon,
  intelMacbookControllers,
  nvidiaAndIntelControllers,
  virtualControllers,
  windowsLaptop,
} from '../../fixtures/system-inventory.js';

const GIB = 2 ** 30;

const rtx3090 = {
  uuid: 'GPU-11111111-1111-1111-1111-111111111111',
  pciBus: '00000000:01:00.0',
  driverVersion: '580.95.05',
  memoryBytes: 24 * GIB,
  name: 'NVIDIA GeForce RTX 3090',
};

const rx7900: DrmGpu = {
  vendorId: '1002',
  deviceId: '744c',
  pciBus: '0000:03:00.0',
  driver: 'amdgpu',
  name: undefined,
  uuid: 'a1b2c3d4e5f60718',
  memory: 'dedicated',
  memoryBytes: 25753026560,
};

function controllersOf(graphics: unknown): GpuSightings['controllers'] {
  return graphicsAnswerSchema.parse(graphics).controllers;
}

function sightings(fields: Partial<GpuSightings>): GpuSightings {
  return { nvidia: [], drm: [], controllers: [], platform: 'linux', ramBytes: 64 * GIB, ...fields };
}

t.test('bytes become GiB with one decimal, as cards are sold', async (t) => {
  t.equal(gibOf(24564 * 2 ** 20), 24);
  t.equal(gibOf(46068 * 2 ** 20), 45);
  t.equal(gibOf(67_323_461_632), 62.7);
});

t.test('the driver and lspci see one NVIDIA card once, with what the driver says of it', async (t) => {
  const gpus = gpusOf(
    sightings({ nvidia: [rtx3090], controllers: controllersOf({ controllers: nvidiaAndIntelControllers }) }),
  );
  t.same(gpus, [
    {
      index: 0,
      name: 'NVIDIA GeForce RTX 3090',
      vendor: 'nvidia',
      memory: 'dedicated',
      vram_total_bytes: 24 * GIB,
      vram_gb: 24,
      driver: 'nvidia',
      driver_version: '580.95.05',
      uuid: 'GPU-11111111-1111-1111-1111-111111111111',
      pci_bus: '0000:01:00.0',
    },
    {
      index: 0,
      name: 'AlderLake-S GT1',
      vendor: 'intel',
      memory: 'unified',
      vram_total_bytes: null,
      vram_gb: null,
      driver: null,
      driver_version: null,
      uuid: null,
      pci_bus: '0000:00:02.0',
    },
  ]);
  for (const gpu of gpus) t.same(gpuProfileSchema.parse(gpu), gpu);
});

t.test('without lspci, as in a container, the driver alone is enough', async (t) => {
  t.match(gpusOf(sightings({ nvidia: [rtx3090, { ...rtx3090, pciBus: '00000000:41:00.0' }] })), [
    { index: 0, pci_bus: '0000:01:00.0', vram_gb: 24 },
    { index: 1, pci_bus: '0000:41:00.0', vram_gb: 24 },
  ]);
});

t.test('a size that lspci shows on Linux is a PCI window and never taken for the memory', async (t) => {
  const controllers = controllersOf({ controllers: [...amdControllers, ...nvidiaAndIntelControllers] });
  for (const gpu of gpusOf(sightings({ controllers }))) t.equal(gpu.vram_total_bytes, null, gpu.name);
});

t.test("an AMD card has the kernel's memory and lspci's name; a number is no name", async (t) => {
  const igpu: DrmGpu = { ...rx7900, deviceId: '164e', pciBus: '0000:14:00.0', memory: 'unified', memoryBytes: GIB };
  const controllers = controllersOf({ controllers: amdControllers });
  t.match(gpusOf(sightings({ drm: [rx7900, igpu], controllers })), [
    {
      index: 0,
      name: 'Navi 31 [Radeon RX 7900 XT/7900 XTX/7900M]',
      vendor: 'amd',
      memory: 'dedicated',
      vram_total_bytes: 25753026560,
      vram_gb: 24,
      driver: 'amdgpu',
      uuid: 'a1b2c3d4e5f60718',
    },
    { index: 1, name: 'AMD GPU 1002:164e', memory: 'unified', vram_gb: 1 },
  ]);
  t.match(gpusOf(sightings({ controllers })), [{ name: /^Navi 31/ }, { name: 'AMD Device 164e', vendor: 'amd' }]);
});

t.test('a card that no tool can name goes by its PCI ids', async (t) => {
  const arc: DrmGpu = { ...rx7900, vendorId: '8086', deviceId: 'e20b', driver: 'xe', memoryBytes: 12 * GIB };
  t.match(gpusOf(sightings({ drm: [arc] })), [{ name: 'Intel GPU 8086:e20b', vendor: 'intel', vram_gb: 12 }]);
});

t.test('an NVIDIA chip that shares the memory of the system says so and counts all of it', async (t) => {
  const spark = { ...rtx3090, name: 'NVIDIA GB10', memoryBytes: undefined };
  t.match(gpusOf(sightings({ nvidia: [spark], ramBytes: 128 * GIB })), [{ memory: 'unified', vram_gb: 128 }]);
  const hidden = { ...rtx3090, memoryBytes: undefined };
  t.match(gpusOf(sightings({ nvidia: [hidden] })), [{ memory: 'dedicated', vram_total_bytes: null }]);
});

t.test("Apple's memory is unified and is the system's", async (t) => {
  const controllers = controllersOf(appleSilicon.graphics);
  t.match(gpusOf(sightings({ controllers, platform: 'darwin', ramBytes: 32 * GIB })), [
    { index: 0, name: 'Apple M2 Max', vendor: 'apple', memory: 'unified', vram_total_bytes: 32 * GIB, vram_gb: 32 },
  ]);
  t.match(gpusOf(sightings({ controllers, platform: 'darwin', ramBytes: undefined })), [
    { memory: 'unified', vram_total_bytes: null },
  ]);
});

t.test('on an older MacBook the card has its own memory and the processor none', async (t) => {
  const controllers = controllersOf({ controllers: intelMacbookControllers });
  t.match(gpusOf(sightings({ controllers, platform: 'darwin' })), [
    { vendor: 'amd', memory: 'dedicated', vram_gb: 4 },
    { vendor: 'intel', memory: 'unified', vram_total_bytes: null },
  ]);
});

t.test('on Windows a card is matched by its address, and a display without a PCI card is none', async (t) => {
  const controllers = controllersOf(windowsLaptop.graphics);
  const gtx1650 = { ...rtx3090, name: 'NVIDIA GeForce GTX 1650', memoryBytes: 4 * GIB };
  const gpus = gpusOf(sightings({ nvidia: [gtx1650], controllers, platform: 'win32' }));
  t.match(gpus, [
    { name: 'NVIDIA GeForce GTX 1650', vram_gb: 4, driver_version: '580.95.05' },
    { name: 'Intel(R) UHD Graphics', vendor: 'intel', memory: 'unified', vram_total_bytes: null },
  ]);
  t.equal(gpus.length, 2);
  const unmatched = controllers.map((controller) => ({ ...controller, pciBus: undefined }));
  t.equal(gpusOf(sightings({ nvidia: [gtx1650], controllers: unmatched, platform: 'win32' })).length, 2);
  t.match(gpusOf(sightings({ controllers, platform: 'win32' }))[0], { vram_gb: 4, driver_version: '512.78' });
});

t.test("Windows' 32-bit limit is not a card's size", async (t) => {
  const card = { vendor: 'Advanced Micro Devices, Inc.', model: 'AMD Radeon RX 5700', bus: 'PCI', vramDynamic: true };
  const vramOf = (vram: number) =>
    gpusOf(sightings({ controllers: controllersOf({ controllers: [{ ...card, vram }] }), platform: 'win32' }))[0]
      ?.vram_gb;
  t.equal(vramOf(4095), null);
  t.equal(vramOf(8192), 8);
});

t.test('adapters of virtual machines and of management chips are no GPUs', async (t) => {
  for (const controller of virtualControllers) {
    t.same(gpusOf(sightings({ controllers: controllersOf({ controllers: [controller] }) })), [], controller.model);
  }
});

t.test('a card of another maker is listed as such', async (t) => {
  const controllers = controllersOf({
    controllers: [
      { vendor: 'Moore Threads Technology Co.,Ltd', model: 'MTT S80', busAddress: '01:00.0', vram: 16384 },
      { vendor: 'Broadcom', model: 'VideoCore VI', bus: '', vram: 76, vramDynamic: true },
    ],
  });
  t.match(gpusOf(sightings({ controllers })), [
    { index: 0, name: 'MTT S80', vendor: 'other', memory: 'dedicated' },
    { index: 1, name: 'VideoCore VI', vendor: 'other', memory: 'unified', vram_total_bytes: null },
  ]);
});
