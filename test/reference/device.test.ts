import t from 'tap';
import { deviceFor, noBuild } from '../../src/reference/device.js';
import { modelSizes } from '../../src/reference/model-size.js';

type Supported = Parameters<typeof deviceFor>[0];

function machineWith(...types: ('cuda' | 'vulkan' | false)[]): Supported {
  return { getLlamaGpuTypes: async () => types };
}

const nobodyAsks: Supported = {
  getLlamaGpuTypes: async () => {
    throw new Error('expected not to be asked');
  },
};

t.test('by itself tiny stays on the CPU, and the larger ones take the GPU that is there', async (t) => {
  t.equal(await deviceFor(nobodyAsks, 'auto', modelSizes.tiny), 'cpu');
  t.equal(await deviceFor(machineWith('vulkan', 'cuda', false), 'auto', modelSizes.small), 'cuda');
  t.equal(await deviceFor(machineWith('vulkan', false), 'auto', modelSizes.large), 'vulkan');
  t.equal(await deviceFor(machineWith(false), 'auto', modelSizes.small), 'cpu');
});

t.test('what is asked for is what is taken, or an error', async (t) => {
  t.equal(await deviceFor(nobodyAsks, 'cpu', modelSizes.large), 'cpu');
  t.equal(await deviceFor(machineWith('cuda', false), 'gpu', modelSizes.tiny), 'cuda');
  await t.rejects(deviceFor(machineWith(false), 'gpu', modelSizes.small), { code: 'no_gpu', message: /--device cpu/ });
});

t.test('a GPU without a build for it names the package that brings one', async (t) => {
  const engine = { getModuleVersion: async () => '3.21.1' };
  const cause = new Error('NoBinaryFound');
  const failure = await noBuild(engine, 'cuda', cause, { platform: 'linux', arch: 'x64' });
  t.match(failure, { code: 'no_gpu_build', cause });
  t.match(failure.message, /npm install @node-llama-cpp\/linux-x64-cuda@3\.21\.1`.*--device cpu/);
  const windows = await noBuild(engine, 'vulkan', cause, { platform: 'win32', arch: 'x64' });
  t.match(windows.message, '@node-llama-cpp/win-x64-vulkan@3.21.1');
});
