import t from 'tap';
import { machineOf } from '../../src/chronicle/row-machine.js';

const rtx3090 = { name: 'NVIDIA GeForce RTX 3090', vendor: 'nvidia', memory: 'dedicated', vram_gb: 24 };
const rtx4070 = { name: 'NVIDIA GeForce RTX 4070', vendor: 'nvidia', memory: 'dedicated', vram_gb: 12 };
const uhd770 = { name: 'UHD Graphics 770', vendor: 'intel', memory: 'unified', vram_gb: null, driver: 'i915' };

function gpusOf(...gpus: Record<string, unknown>[]) {
  const { gpu_name, gpu_vram_gb, gpu_vendor, gpu_driver } = machineOf({ gpus, cpu: {}, ram: {} });
  return { gpu_name, gpu_vram_gb, gpu_vendor, gpu_driver };
}

t.test('several GPUs are counted and their memory added', async (t) => {
  t.same(gpusOf({ ...rtx3090, driver_version: '580.95.05' }, { ...rtx3090, driver_version: '580.95.05' }), {
    gpu_name: '2 × NVIDIA GeForce RTX 3090',
    gpu_vram_gb: 48,
    gpu_vendor: 'nvidia',
    gpu_driver: '580.95.05',
  });
});

t.test('vendor and driver are those of the GPU with the most memory', async (t) => {
  const radeon = { name: 'Radeon RX 7900 XTX', vendor: 'amd', memory: 'dedicated', vram_gb: 24, driver: 'amdgpu' };
  t.same(gpusOf({ ...rtx4070, driver_version: '580.95.05' }, radeon), {
    gpu_name: 'NVIDIA GeForce RTX 4070 + Radeon RX 7900 XTX',
    gpu_vram_gb: 36,
    gpu_vendor: 'amd',
    gpu_driver: 'amdgpu',
  });
});

t.test(
  'graphics in the CPU are left out beside a GPU with memory of its own, and named where they are alone',
  async (t) => {
    t.match(gpusOf(uhd770, rtx4070), { gpu_name: 'NVIDIA GeForce RTX 4070', gpu_vram_gb: 12 });
    t.match(gpusOf(uhd770), {
      gpu_name: 'UHD Graphics 770',
      gpu_vram_gb: null,
      gpu_vendor: 'intel',
      gpu_driver: 'i915',
    });
  },
);

t.test('sums of tenths of a GiB stay tenths', async (t) => {
  t.equal(gpusOf({ ...rtx4070, vram_gb: 0.1 }, { ...rtx4070, vram_gb: 0.2 }).gpu_vram_gb, 0.3);
});

t.test('a snapshot without hardware, as for a target on another machine, gives unknowns', async (t) => {
  t.same(machineOf({ gpus: [], cpu: {}, ram: {} }), {
    gpu_name: null,
    gpu_vram_gb: null,
    gpu_vendor: null,
    gpu_driver: null,
    cpu_name: null,
    cpu_cores_phys: null,
    ram_total_gb: null,
  });
});

t.test('an odd field makes its own column unknown and no other', async (t) => {
  const machine = machineOf({
    gpus: [{ name: 7, vendor: 'nvidia', vram_gb: '24 GB' }],
    cpu: { name: '', physical_cores: 15.5 },
    ram: { total_gb: 62.7 },
  });
  t.match(machine, { gpu_name: null, gpu_vendor: 'nvidia', gpu_vram_gb: null, cpu_name: null, cpu_cores_phys: null });
  t.equal(machine.ram_total_gb, 62.7);
});
