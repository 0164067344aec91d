/** The inventory of the machine: what stands in `hardware_profile.json` and, shortened, in every result. */

import * as z from 'zod';
import { GIB } from '../../shared/units.js';
import { type DrmGpu, readDrmInventory } from '../drm/drm-inventory.js';
import type { HardwareMachine } from '../gpu-source.js';
import { type NvidiaInventory, readNvidiaInventory } from '../nvidia/nvidia-inventory.js';
import { answerWithin } from '../system/deadline.js';
import { containerKind } from './container.js';
import { type GpuProfile, gibOf, gpuProfileSchema, gpusOf } from './gpu-inventory.js';
import { readMachineId } from './machine-id.js';
import {
  cpuAnswerSchema,
  graphicsAnswerSchema,
  memAnswerSchema,
  memLayoutAnswerSchema,
  osAnswerSchema,
  type SystemInventory,
  systemInventory,
  uuidAnswerSchema,
} from './system-inventory.js';

const word = z.string().nullable();
const figure = z.number().nullable();

export const hardwareProfileSchema = z.object({
  /** 32 hex digits that stay the same over restarts and tell nothing about the machine. */
  machine_id: z.string(),
  read_at: z.string(),
  cpu: z.object({
    name: word,
    vendor: word,
    physical_cores: figure,
    logical_cores: figure,
    max_clock_ghz: figure,
  }),
  ram: z.object({
    total_bytes: figure,
    /** GiB, rounded to tenths. */
    total_gb: figure,
    type: word,
    /** Millions of transfers a second. */
    speed_mts: figure,
  }),
  gpus: z.array(gpuProfileSchema),
  os: z.object({ platform: word, distro: word, release: word, kernel: word, arch: word }),
  /** What could not be found out, and why, in words. */
  warnings: z.array(z.string()),
});
export type HardwareProfile = z.infer<typeof hardwareProfileSchema>;

export interface ProfileOptions {
  readonly now: () => Date;
  readonly machine: Pick<HardwareMachine, 'platform' | 'root' | 'env'>;
  /** Where a machine without an id of its own keeps a random one. */
  readonly machineIdFile: string;
  readonly inventory?: SystemInventory | undefined;
  /** How long to wait for any one answer, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** The same for the driver's list of GPUs. */
  readonly gpuTimeoutMs?: number | undefined;
  /** Where somebody has listed them just now. */
  readonly listed?: ListedGpus | undefined;
}

/** The GPUs as their driver and the kernel list them, without anybody else's help. */
export interface ListedGpus {
  readonly nvidia: NvidiaInventory;
  readonly drm: readonly DrmGpu[];
}

// Without its persistence mode NVIDIA's driver wakes every GPU first, seconds for each.
const DEFAULT_TIMEOUT_MS = 15_000;

/** Starts `nvidia-smi` at most, where there is one. Never rejects. */
export async function listGpus({
  machine,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  gpuTimeoutMs = timeoutMs,
}: Pick<ProfileOptions, 'machine' | 'timeoutMs' | 'gpuTimeoutMs'>): Promise<ListedGpus> {
  const [nvidia, drm] = await Promise.all([readNvidiaInventory(machine, gpuTimeoutMs), readDrmInventory(machine.root)]);
  return { nvidia, drm };
}

/**
 * Reads the inventory. It starts programs and may block for a moment: not while something is measured. What does not
 * answer is unknown and named in `warnings`. Throws `MachineIdError` alone.
 */
export async function readHardwareProfile(options: ProfileOptions): Promise<HardwareProfile> {
  const { machine, inventory = systemInventory, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const asking = new Asking(timeoutMs);
  const [cpu, mem, memLayout, os, uuid, { nvidia, drm }, container] = await Promise.all([
    asking.ask('cpu', cpuAnswerSchema, () => inventory.cpu()),
    asking.ask('mem', memAnswerSchema, () => inventory.mem()),
    asking.ask('memLayout', memLayoutAnswerSchema, () => inventory.memLayout()),
    asking.ask('osInfo', osAnswerSchema, () => inventory.osInfo()),
    asking.ask('uuid', uuidAnswerSchema, () => inventory.uuid()),
    options.listed ?? listGpus(options),
    containerKind(machine),
  ]);
  asking.warn(nvidiaWarning(nvidia));
  // Its nvidia-smi would block this process for as long as the driver hangs.
  const canAskGraphics = nvidia.state !== 'silent';
  const graphics = canAskGraphics
    ? await asking.ask('graphics', graphicsAnswerSchema, () => inventory.graphics())
    : undefined;
  return {
    machine_id: await readMachineId({
      systemId: uuid?.os,
      // An LXC container is started like a machine and given an id of its own.
      inContainer: container !== undefined && container !== 'lxc',
      file: options.machineIdFile,
    }),
    read_at: options.now().toISOString(),
    cpu: cpuOf(cpu),
    ram: ramOf(mem?.total, memLayout ?? []),
    gpus: gpusOf({
      nvidia: nvidia.state === 'read' ? nvidia.gpus : [],
      drm,
      controllers: graphics?.controllers ?? [],
      platform: machine.platform,
      ramBytes: mem?.total,
    }),
    os: {
      platform: os?.platform ?? null,
      distro: os?.distro ?? null,
      release: os?.release ?? null,
      kernel: os?.kernel ?? null,
      arch: os?.arch ?? null,
    },
    // The answers come in any order.
    warnings: asking.warnings.toSorted(),
  };
}

/** Puts questions to the inventory and keeps a note of those that were not answered. */
class Asking {
  readonly warnings: string[] = [];
  readonly #timeoutMs: number;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  warn(warning: string | undefined): void {
    if (warning !== undefined) this.warnings.push(warning);
  }

  async ask<T>(name: string, schema: z.ZodType<T>, question: () => Promise<unknown>): Promise<T | undefined> {
    const answer = await answerWithin(this.#timeoutMs, question);
    if (answer.state === 'silent')
      this.warn(`systeminformation.${name}() did not answer within ${this.#timeoutMs} ms.`);
    if (answer.state === 'failed') this.warn(`systeminformation.${name}() failed: ${wordsOf(answer.error)}.`);
    if (answer.state !== 'answered') return undefined;
    const parsed = schema.safeParse(answer.value);
    if (!parsed.success) this.warn(`systeminformation.${name}() knows nothing of this machine.`);
    return parsed.data;
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// What it warns of the GPUs begins with it.
const NVIDIA_TOOL = 'nvidia-smi';

/** Those of a profile's warnings that are about its GPUs. */
export function gpuWarnings({ warnings }: Pick<HardwareProfile, 'warnings'>): readonly string[] {
  return warnings.filter((warning) => warning.startsWith(NVIDIA_TOOL));
}

function nvidiaWarning(nvidia: NvidiaInventory): string | undefined {
  if (nvidia.state === 'silent') return `${NVIDIA_TOOL} does not answer: the driver may be hanging.`;
  if (nvidia.state === 'failed') return `${NVIDIA_TOOL} lists no GPU: ${nvidia.problem}`;
  const problem = nvidia.state === 'read' ? nvidia.problem : undefined;
  return problem === undefined ? undefined : `${NVIDIA_TOOL} does not list all GPUs: ${problem}`;
}

function cpuOf(cpu: z.infer<typeof cpuAnswerSchema> | undefined): HardwareProfile['cpu'] {
  const { manufacturer, brand } = cpu ?? {};
  const isNamed = brand !== undefined && manufacturer !== undefined && !brand.includes(manufacturer);
  return {
    name: (isNamed ? `${manufacturer} ${brand}` : (brand ?? manufacturer)) ?? null,
    vendor: cpu?.vendor ?? manufacturer ?? null,
    physical_cores: cpu?.physicalCores ?? null,
    logical_cores: cpu?.cores ?? null,
    max_clock_ghz: cpu?.speedMax ?? cpu?.speed ?? null,
  };
}

function ramOf(total: number | undefined, modules: z.infer<typeof memLayoutAnswerSchema>): HardwareProfile['ram'] {
  const types = new Set(modules.flatMap(({ type }) => (type === undefined || type === 'Unknown' ? [] : [type])));
  const speeds = modules.flatMap(({ clockSpeed }) => clockSpeed ?? []);
  return {
    total_bytes: total ?? null,
    total_gb: total === undefined ? null : gibOf(total),
    type: [...types].join(', ') || null,
    // Modules of several speeds run at the slowest one's.
    speed_mts: speeds.length === 0 ? null : Math.min(...speeds),
  };
}

/** The part of the profile that is kept with every result. */
export function snapshotOf(profile: HardwareProfile): Pick<HardwareProfile, 'gpus' | 'cpu' | 'ram' | 'os'> {
  return { gpus: profile.gpus, cpu: profile.cpu, ram: profile.ram, os: profile.os };
}

/**
 * Memory in bytes that models can use on all GPUs together; `undefined` where there is no GPU or none that tells.
 * Graphics that share the system's memory count only where no card has its own.
 */
export function vramBytesOf(profile: Pick<HardwareProfile, 'gpus'>): number | undefined {
  const dedicated = profile.gpus.filter((gpu) => gpu.memory !== 'unified');
  const counted = dedicated.length > 0 ? dedicated : profile.gpus;
  const sizes = counted.flatMap((gpu) => usableBytes(gpu) ?? []);
  return sizes.length === 0 ? undefined : sizes.reduce((sum, bytes) => sum + bytes, 0);
}

function usableBytes(gpu: GpuProfile): number | undefined {
  const total = gpu.vram_total_bytes ?? undefined;
  if (gpu.vendor !== 'apple' || total === undefined) return total;
  // Metal's recommendedMaxWorkingSetSize as llama.cpp logs it: 10.67 of 16 GiB, 21.33 of 32, 48 of 64, 72 of 96.
  return Math.floor(total * (total < 36 * GIB ? 2 / 3 : 3 / 4));
}
