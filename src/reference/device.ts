/** Where the reference model computes: said plainly, and never silently somewhere else than was meant. */
import type { EngineModule } from './engine-module.js';
import { ReferenceFailure } from './failure.js';
import type { ModelSize } from './model-size.js';

export const deviceChoices = ['auto', 'cpu', 'gpu'] as const;
export type DeviceChoice = (typeof deviceChoices)[number];

const gpuDevices = ['cuda', 'metal', 'vulkan'] as const;
type GpuDevice = (typeof gpuDevices)[number];
export type Device = 'cpu' | GpuDevice;

/**
 * `auto` takes a GPU for the sizes that are meant for one, where the machine has one, else the CPU.
 *
 * @throws {ReferenceFailure} `no_gpu` where one is asked for and llama.cpp finds none.
 */
export async function deviceFor(
  engine: Pick<EngineModule, 'getLlamaGpuTypes'>,
  choice: DeviceChoice,
  { gpu }: Pick<ModelSize, 'gpu'>,
): Promise<Device> {
  if (choice === 'cpu' || (choice === 'auto' && !gpu)) return 'cpu';
  const supported: readonly unknown[] = await engine.getLlamaGpuTypes('supported');
  // The fastest first.
  const found = gpuDevices.find((device) => supported.includes(device));
  if (found !== undefined) return found;
  if (choice === 'auto') return 'cpu';
  throw new ReferenceFailure('no_gpu', 'llama.cpp finds no GPU that it could use on this machine: --device cpu');
}

const platforms: Readonly<Partial<Record<NodeJS.Platform, string>>> = { linux: 'linux', win32: 'win', darwin: 'mac' };

/** The machine has a GPU, and no build of llama.cpp for it is installed or runs: which package brings one. */
export async function noBuild(
  engine: Pick<EngineModule, 'getModuleVersion'>,
  device: GpuDevice,
  cause: unknown,
  { platform, arch }: Pick<NodeJS.Process, 'platform' | 'arch'> = process,
): Promise<ReferenceFailure> {
  const name = `@node-llama-cpp/${platforms[platform] ?? platform}-${arch}-${device}@${await engine.getModuleVersion()}`;
  const message =
    `this machine has a GPU, but no build of llama.cpp for ${device} that runs: run \`npm install ${name}\` where ` +
    'node-llama-cpp is installed, or measure the CPU with --device cpu';
  return new ReferenceFailure('no_gpu_build', message, { cause });
}
