/** What of the hardware can be seen from where this process runs, and what to pass to a container to see more. */
import { join } from 'node:path';
import { listDrmCards } from '../drm/drm-cards.js';
import type { HardwareMachine } from '../gpu-source.js';
import { findNvidiaSmi } from '../nvidia/nvidia-smi.js';
import { listFolder, readSystemFile } from '../system/system-file.js';

export type ContainerKind = 'docker' | 'podman' | 'kubernetes' | 'lxc' | 'other';

/** What was looked for; the words of `explainSurroundings` rest on nothing else. */
export interface Surroundings {
  /** `undefined` outside of a container. */
  readonly container: ContainerKind | undefined;
  /** Names below `/dev` of NVIDIA's GPUs, e.g. `nvidia0`; `dxg` is how WSL passes them through. */
  readonly nvidiaDevices: readonly string[];
  /** Names below `/dev/dri`, e.g. `renderD128`. */
  readonly driDevices: readonly string[];
  readonly nvidiaSmi: string | undefined;
  /** Version text of the NVIDIA driver that the kernel has loaded. */
  readonly nvidiaDriver: string | undefined;
  /** Kernel drivers of the cards in sysfs that need no tool to be read. */
  readonly drmDrivers: readonly string[];
  /** Whether the processor's energy counters exist, and whether they may be read. */
  readonly rapl: 'readable' | 'refused' | 'absent';
}

/** The container, devices and drivers that the process sees. What cannot be read is absent. */
export async function inspectSurroundings(machine: HardwareMachine): Promise<Surroundings> {
  const { root } = machine;
  const cards = await listDrmCards(root, ['amdgpu', 'i915', 'xe']);
  return {
    container: await containerKind(machine),
    nvidiaDevices: (await listFolder(join(root, 'dev'))).filter((name) => /^(nvidia\d+|dxg)$/.test(name)).sort(),
    driDevices: (await listFolder(join(root, 'dev/dri'))).filter((name) => /^(card|renderD)\d+$/.test(name)).sort(),
    nvidiaSmi: await findNvidiaSmi(machine),
    nvidiaDriver: (await readSystemFile(join(root, 'proc/driver/nvidia/version')))?.split('\n')[0],
    drmDrivers: [...new Set(cards.map((card) => card.driver))],
    rapl: await raplState(root),
  };
}

export async function containerKind({
  root,
  env,
}: Pick<HardwareMachine, 'root' | 'env'>): Promise<ContainerKind | undefined> {
  if (env['KUBERNETES_SERVICE_HOST'] !== undefined) return 'kubernetes';
  if ((await listFolder(root)).includes('.dockerenv')) return 'docker';
  if ((await listFolder(join(root, 'run'))).includes('.containerenv')) return 'podman';
  const groups = (await readSystemFile(join(root, 'proc/1/cgroup'))) ?? '';
  const named = cgroupNames.find(([, pattern]) => pattern.test(groups));
  return named?.[0] ?? (env['container'] === undefined ? undefined : 'other');
}

// How the runtimes name the control group of a container's first process (version 1 groups; version 2 hides it).
const cgroupNames: readonly (readonly [ContainerKind, RegExp])[] = [
  ['kubernetes', /kubepods/],
  ['docker', /docker/],
  ['podman', /libpod/],
  ['lxc', /lxc/],
];

async function raplState(root: string): Promise<Surroundings['rapl']> {
  const folder = join(root, 'sys/class/powercap');
  const zone = (await listFolder(folder)).find((name) => /^intel-rapl:\d+$/.test(name));
  if (zone === undefined) return 'absent';
  return (await readSystemFile(join(folder, zone, 'energy_uj'))) === undefined ? 'refused' : 'readable';
}

/** Sentences for people: what works here, what does not and what would help. */
export function explainSurroundings(seen: Surroundings): readonly string[] {
  return [
    ...explainPlace(seen),
    ...explainNvidia(seen),
    ...explainCards(seen),
    ...explainNothing(seen),
    ...explainRapl(seen),
  ];
}

const containerNames: Readonly<Record<ContainerKind, string>> = {
  docker: 'a Docker container',
  podman: 'a Podman container',
  kubernetes: 'a Kubernetes pod',
  lxc: 'an LXC container',
  other: 'a container',
};

function explainPlace({ container }: Surroundings): string[] {
  if (container === undefined) return [];
  return [
    `This runs in ${containerNames[container]}: processes outside it are invisible, so who else uses a GPU is unknown (--pid host shows them).`,
  ];
}

function explainNvidia({ container, nvidiaDevices, nvidiaDriver, nvidiaSmi }: Surroundings): string[] {
  const devices = nvidiaDevices.length;
  if (nvidiaSmi !== undefined && devices > 0) {
    return [`NVIDIA: ${devices === 1 ? 'one GPU is' : `${devices} GPUs are`} visible and read through ${nvidiaSmi}.`];
  }
  if (devices > 0) {
    const help =
      container === undefined ? "install the driver's utilities" : 'add "utility" to NVIDIA_DRIVER_CAPABILITIES';
    return [`NVIDIA: ${devices} device files are here, but nvidia-smi is not on PATH: ${help}.`];
  }
  if (nvidiaDriver === undefined) return [];
  if (container === undefined) return ['NVIDIA: the driver is loaded, but no GPU has a device file.'];
  return [`NVIDIA: the machine has the driver, but no GPU was passed in: ${nvidiaHelp(container)}.`];
}

function nvidiaHelp(container: ContainerKind): string {
  if (container === 'kubernetes') return "request nvidia.com/gpu in the pod's limits";
  return 'start the container with --gpus all (NVIDIA Container Toolkit on the machine)';
}

function explainCards({ drmDrivers, driDevices, container }: Surroundings): string[] {
  return drmDrivers.map((driver) => {
    const vendor = driver === 'amdgpu' ? 'AMD' : 'Intel';
    const read = `${vendor}: the ${driver} driver's figures are read from /sys`;
    if (driDevices.length > 0 || container === undefined) return `${read}.`;
    return `${read}, which works without /dev/dri; an inference server in this container would need --device /dev/dri.`;
  });
}

function explainNothing(seen: Surroundings): string[] {
  const { container, drmDrivers, nvidiaDevices, nvidiaDriver, nvidiaSmi } = seen;
  const anything = drmDrivers.length > 0 || nvidiaDevices.length > 0 || nvidiaDriver !== undefined;
  if (anything || nvidiaSmi !== undefined || container === undefined) return [];
  return [
    'No GPU is visible. If the machine has one: --gpus all for NVIDIA, --device /dev/dri for AMD and Intel, and /sys not hidden.',
  ];
}

function explainRapl({ rapl, container }: Surroundings): string[] {
  if (rapl === 'absent') return [];
  if (rapl === 'readable') return ['CPU: package power is read from /sys/class/powercap.'];
  const help =
    container === undefined
      ? 'run as root, or let this user read /sys/class/powercap/intel-rapl:*/energy_uj'
      : 'the runtime hides it; mount /sys/class/powercap read-only and run as root';
  return [`CPU: the energy counters exist but may not be read, so package power is unknown: ${help}.`];
}
