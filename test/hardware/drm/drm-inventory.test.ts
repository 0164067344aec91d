import t from 'tap';
import { readDrmInventory } from '../../../src/hardware/drm/drm-inventory.js';
import { addCards } from '../../fixtures/machine-tree.js';

const GIB = 2 ** 30;

const radeon = {
  pciBus: '0000:03:00.0',
  vendor: '0x1002',
  device: '0x744c',
  driver: 'amdgpu',
  files: { mem_info_vram_total: '25753026560', mem_info_gtt_total: '33653129216', unique_id: 'a1b2c3d4e5f60718' },
};

t.test("an AMD card's memory is its own, whatever the window onto it", async (t) => {
  const root = t.testdir();
  await addCards(root, [radeon]);
  t.same(await readDrmInventory(root), [
    {
      vendorId: '1002',
      deviceId: '744c',
      pciBus: '0000:03:00.0',
      driver: 'amdgpu',
      name: undefined,
      uuid: 'a1b2c3d4e5f60718',
      memory: 'dedicated',
      memoryBytes: 25753026560,
    },
  ]);
});

t.test("an AMD processor's graphics count the system memory that is mapped for them", async (t) => {
  const root = t.testdir();
  const files = {
    mem_info_vram_total: String(0.5 * GIB),
    mem_info_gtt_total: String(62 * GIB),
    'hwmon/hwmon3/name': 'amdgpu',
    'hwmon/hwmon3/in1_input': '700',
  };
  await addCards(root, [{ ...radeon, device: '0x1586', files }]);
  t.match(await readDrmInventory(root), [{ memory: 'unified', memoryBytes: 62.5 * GIB }]);
});

t.test("an Intel card's tiles are added; graphics on bus 0 have no memory of their own", async (t) => {
  const root = t.testdir();
  const arc = {
    pciBus: '0000:04:00.0',
    vendor: '0x8086',
    device: '0xe20b',
    driver: 'xe',
    files: {
      'tile0/physical_vram_size_bytes': String(12 * GIB),
      'tile1/physical_vram_size_bytes': String(12 * GIB),
    },
  };
  const uhd = { pciBus: '0000:00:02.0', vendor: '0x8086', device: '0x4680', driver: 'i915' };
  await addCards(root, [uhd, arc]);
  t.match(await readDrmInventory(root), [
    { pciBus: '0000:00:02.0', driver: 'i915', memory: 'unified', memoryBytes: undefined },
    { pciBus: '0000:04:00.0', driver: 'xe', memory: 'dedicated', memoryBytes: 24 * GIB },
  ]);
});

t.test('a name that the maker wrote into the card is taken', async (t) => {
  const root = t.testdir();
  await addCards(root, [{ ...radeon, files: { product_name: 'AMD Radeon PRO W7900' } }]);
  t.match(await readDrmInventory(root), [{ name: 'AMD Radeon PRO W7900', uuid: undefined, memoryBytes: undefined }]);
});

t.test('display adapters of virtual machines and a machine without the folder have no GPU', async (t) => {
  const root = t.testdir();
  await addCards(root, [
    { pciBus: '0000:00:01.0', vendor: '0x1af4', device: '0x1050', driver: 'virtio-pci' },
    { pciBus: '0000:02:00.0', vendor: '0x1a03', device: '0x2000', driver: 'ast' },
  ]);
  t.same(await readDrmInventory(root), []);
  t.same(await readDrmInventory(t.testdir({ bare: {} })), []);
});

t.test('a device whose ids cannot be read is left out', async (t) => {
  const root = t.testdir();
  await addCards(root, [
    { ...radeon, vendor: 'garbage' },
    { ...radeon, pciBus: '0000:0a:00.0' },
  ]);
  t.match(await readDrmInventory(root), [{ pciBus: '0000:0a:00.0' }]);
});
