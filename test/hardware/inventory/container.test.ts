import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  explainSurroundings,
  inspectSurroundings,
  type Surroundings,
} from '../../../src/hardware/inventory/container.js';
import { fakeSmiEnv } from '../../fixtures/fake-nvidia-smi.js';
import { testMachine } from '../../fixtures/hardware-machine.js';
import { arcTree, merged, radeonTree, raplTree, type Tree } from '../../fixtures/sysfs/trees.js';

async function seen(t: Test, tree: Tree, env: NodeJS.ProcessEnv = {}): Promise<Surroundings> {
  return inspectSurroundings(testMachine(t.testdir(tree), { env }));
}

const bare: Surroundings = {
  container: undefined,
  nvidiaDevices: [],
  driDevices: [],
  nvidiaSmi: undefined,
  nvidiaDriver: undefined,
  drmDrivers: [],
  rapl: 'absent',
};

const words = (fields: Partial<Surroundings>) => explainSurroundings({ ...bare, ...fields }).join('\n');

t.test('a machine without anything is seen and told as such', async (t) => {
  t.same(await seen(t, {}), bare);
  t.same(explainSurroundings(bare), []);
});

t.test('where WSL puts nvidia-smi it is not said to be missing', async (t) => {
  const root = t.testdir({ dev: { dxg: '' }, usr: { lib: { wsl: { lib: { 'nvidia-smi': '' } } } } });
  const tool = join(root, 'usr/lib/wsl/lib/nvidia-smi');
  chmodSync(tool, 0o755);
  const surroundings = await inspectSurroundings(testMachine(root, {}));
  t.equal(surroundings.nvidiaSmi, tool);
  t.notMatch(explainSurroundings(surroundings).join('\n'), /not on PATH/);
});

t.test('containers are told apart by what their runtimes leave behind', async (t) => {
  const kinds: [Tree, NodeJS.ProcessEnv, Surroundings['container']][] = [
    [{ '.dockerenv': '' }, {}, 'docker'],
    [{ run: { '.containerenv': '' } }, {}, 'podman'],
    [{ '.dockerenv': '' }, { KUBERNETES_SERVICE_HOST: '10.0.0.1' }, 'kubernetes'],
    [{ proc: { 1: { cgroup: '12:cpu:/docker/0123abc\n' } } }, {}, 'docker'],
    [{ proc: { 1: { cgroup: '12:cpu:/kubepods/besteffort/pod1\n' } } }, {}, 'kubernetes'],
    [{ proc: { 1: { cgroup: '1:name=systemd:/machine/libpod-1.scope\n' } } }, {}, 'podman'],
    [{ proc: { 1: { cgroup: '1:cpuset:/lxc/box\n' } } }, {}, 'lxc'],
    [{}, { container: 'systemd-nspawn' }, 'other'],
    [{ proc: { 1: { cgroup: '0::/init.scope\n' } } }, {}, undefined],
  ];
  for (const [tree, env, kind] of kinds) {
    t.equal((await seen(t, tree, env)).container, kind, JSON.stringify([Object.keys(tree), env]));
  }
});

t.test('devices, drivers, tool and counters are found', async (t) => {
  const tree = merged(radeonTree(), arcTree(), raplTree(), {
    dev: {
      nvidia0: '',
      nvidia1: '',
      nvidiactl: '',
      'nvidia-uvm': '',
      dri: { card0: '', renderD128: '', 'by-path': {} },
    },
    proc: { driver: { nvidia: { version: 'NVRM version: 590.48.01\nGCC version: 12\n' } } },
  });
  const surroundings = await seen(t, tree, fakeSmiEnv('two-gpus'));
  t.match(surroundings, {
    nvidiaDevices: ['nvidia0', 'nvidia1'],
    driDevices: ['card0', 'renderD128'],
    nvidiaSmi: /nvidia-smi$/,
    nvidiaDriver: 'NVRM version: 590.48.01',
    rapl: 'readable',
  });
  t.same([...surroundings.drmDrivers].sort(), ['amdgpu', 'i915']);
});

t.test('counters that may not be read are told from those that are not there', async (t) => {
  const root = t.testdir(raplTree());
  const counter = join(root, 'sys/class/powercap/intel-rapl:0/energy_uj');
  chmodSync(counter, 0);
  const readableByRootAnyway = process.getuid?.() === 0;
  const { rapl } = await inspectSurroundings(testMachine(root));
  t.equal(rapl, readableByRootAnyway ? 'readable' : 'refused');
  const folderInstead = t.testdir({ sys: { class: { powercap: { 'intel-rapl:0': {} } } } });
  mkdirSync(join(folderInstead, 'sys/class/powercap/intel-rapl:0/energy_uj'));
  t.equal((await inspectSurroundings(testMachine(folderInstead))).rapl, 'refused');
});

t.test('with --gpus all the GPUs are read', async (t) => {
  const text = words({ container: 'docker', nvidiaDevices: ['nvidia0'], nvidiaSmi: '/usr/bin/nvidia-smi' });
  t.match(text, /This runs in a Docker container: processes outside it are invisible/);
  t.match(text, /NVIDIA: one GPU is visible and read through \/usr\/bin\/nvidia-smi\./);
});

t.test('devices without the tool lack a driver capability in a container, a package outside', async (t) => {
  t.match(words({ container: 'docker', nvidiaDevices: ['nvidia0'] }), /add "utility" to NVIDIA_DRIVER_CAPABILITIES/);
  t.match(words({ nvidiaDevices: ['nvidia0', 'nvidia1'] }), /2 device files are here.*install the driver's utilities/);
});

t.test('a driver on the machine and no device in the container says what to pass', async (t) => {
  const nvidiaDriver = 'NVRM version: 590.48.01';
  t.match(words({ container: 'docker', nvidiaDriver }), /no GPU was passed in: start the container with --gpus all/);
  t.match(words({ container: 'kubernetes', nvidiaDriver }), /request nvidia\.com\/gpu in the pod's limits/);
  t.match(words({ nvidiaDriver }), /the driver is loaded, but no GPU has a device file/);
});

t.test('AMD and Intel are read from /sys, with /dev/dri and without', async (t) => {
  const drmDrivers = ['amdgpu'];
  t.match(
    words({ container: 'podman', drmDrivers }),
    /AMD: .*works without \/dev\/dri.*would need --device \/dev\/dri/,
  );
  t.match(words({ container: 'podman', drmDrivers, driDevices: ['renderD128'] }), /AMD: .* are read from \/sys\.$/m);
  t.match(words({ drmDrivers: ['xe'] }), /^Intel: the xe driver's figures are read from \/sys\.$/);
});

t.test('a container in which nothing is visible says what could be passed for each vendor', async (t) => {
  t.match(
    words({ container: 'docker' }),
    /No GPU is visible.*--gpus all for NVIDIA, --device \/dev\/dri for AMD and Intel/,
  );
});

t.test('counters out of reach are told with what would help', async (t) => {
  t.match(words({ rapl: 'readable' }), /package power is read/);
  t.match(words({ rapl: 'refused' }), /package power is unknown: run as root, or let this user read/);
  t.match(words({ rapl: 'refused', container: 'docker' }), /mount \/sys\/class\/powercap read-only and run as root/);
});
