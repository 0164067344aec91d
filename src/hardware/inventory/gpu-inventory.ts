/** Brings together what the driver, the kernel and `systeminformation` say of the machine's GPUs. */

import * as z from 'zod';
import { gpuVendorIds, gpuVendors } from '../../shared/gpu-vendor.js';
import { GIB, MIB } from '../../shared/units.js';
import type { DrmGpu } from '../drm/drm-inventory.js';
import type { NvidiaGpu } from '../nvidia/nvidia-inventory.js';
import { nvidiaMemoryKind } from '../nvidia/nvidia-memory.js';
import type { GraphicsController } from './system-inventory.js';

export const inventoryVendors = [...gpuVendorIds, 'other'] as const;
export type InventoryVendor = (typeof inventoryVendors)[number];

export const gpuProfileSchema = z.object({
  /** Place among the vendor's GPUs, as its tools count them. */
  index: z.number().int(),
  name: z.string(),
  vendor: z.enum(inventoryVendors),
  /** `dedicated`: the card's own memory. `unified`: the system's memory, which CPU and GPU share. */
  memory: z.enum(['dedicated', 'unified']).nullable(),
  vram_total_bytes: z.number().nullable(),
  /** GiB, rounded to tenths. */
  vram_gb: z.number().nullable(),
  /** The kernel's name for the driver, where it is known. */
  driver: z.string().nullable(),
  driver_version: z.string().nullable(),
  uuid: z.string().nullable(),
  /** Domain, bus, device and function: `0000:01:00.0`. */
  pci_bus: z.string().nullable(),
});
export type GpuProfile = z.infer<typeof gpuProfileSchema>;

export interface GpuSightings {
  readonly nvidia: readonly NvidiaGpu[];
  readonly drm: readonly DrmGpu[];
  readonly controllers: readonly GraphicsController[];
  readonly platform: NodeJS.Platform;
  readonly ramBytes: number | undefined;
}

type Gpu = Omit<GpuProfile, 'index'>;

/** Bytes as GiB, rounded to tenths. */
export function gibOf(bytes: number): number {
  return Math.round((bytes / GIB) * 10) / 10;
}

/** The GPUs that can run a model, NVIDIA's first; adapters that only draw a screen are left out. */
export function gpusOf(sightings: GpuSightings): GpuProfile[] {
  const controllers = sightings.controllers.filter((controller) => !isVirtual(controller, sightings.platform));
  const atBus = new Map<string, GraphicsController>();
  for (const controller of controllers) {
    const bus = pciBusOf(controller.pciBus) ?? pciBusOf(controller.busAddress);
    if (bus !== undefined) atBus.set(bus, controller);
  }
  const found: Gpu[] = [];
  const add = (gpu: Gpu) => {
    if (gpu.pci_bus === null || !found.some((other) => other.pci_bus === gpu.pci_bus)) found.push(gpu);
  };
  for (const gpu of sightings.nvidia) add(ofNvidia(gpu, sightings.ramBytes));
  for (const gpu of sightings.drm) add(ofDrm(gpu, atBus.get(gpu.pciBus)));
  for (const controller of controllers) {
    // Without an address nothing tells which one it is, but NVIDIA's driver has listed all of its own already.
    const isListed = sightings.nvidia.length > 0 && vendorOf(controller) === 'nvidia' && busOf(controller) === null;
    if (!isListed) add(ofController(controller, sightings));
  }
  return inventoryVendors.flatMap((vendor) =>
    found.filter((gpu) => gpu.vendor === vendor).map((gpu, index) => ({ index, ...gpu })),
  );
}

function ofNvidia(gpu: NvidiaGpu, ramBytes: number | undefined): Gpu {
  const memory = nvidiaMemoryKind(gpu.name, gpu.memoryBytes);
  const bytes = memory === 'unified' ? ramBytes : gpu.memoryBytes;
  return {
    name: gpu.name,
    vendor: 'nvidia',
    ...memoryFields(memory, bytes),
    driver: 'nvidia',
    driver_version: gpu.driverVersion ?? null,
    uuid: gpu.uuid ?? null,
    pci_bus: pciBusOf(gpu.pciBus) ?? null,
  };
}

function ofDrm(gpu: DrmGpu, controller: GraphicsController | undefined): Gpu {
  const vendor = gpuVendorIds.find((id) => gpuVendors[id].pciId === gpu.vendorId) ?? 'other';
  const ids = `${vendorName(vendor)} GPU ${gpu.vendorId}:${gpu.deviceId}`;
  const named = controller === undefined || isUnnamed(controller) ? undefined : nameOf(controller, vendor);
  return {
    name: named ?? gpu.name ?? ids,
    vendor,
    ...memoryFields(gpu.memory, gpu.memoryBytes),
    driver: gpu.driver,
    driver_version: controller?.driverVersion ?? null,
    uuid: gpu.uuid ?? null,
    pci_bus: gpu.pciBus,
  };
}

function ofController(controller: GraphicsController, sightings: GpuSightings): Gpu {
  const vendor = vendorOf(controller);
  return {
    name: nameOf(controller, vendor),
    vendor,
    ...controllerMemory(controller, vendor, sightings),
    driver: null,
    driver_version: controller.driverVersion ?? null,
    uuid: null,
    pci_bus: busOf(controller),
  };
}

function controllerMemory(controller: GraphicsController, vendor: InventoryVendor, sightings: GpuSightings) {
  if (vendor === 'apple') return memoryFields('unified', sightings.ramBytes);
  if (isIntegrated(controller, vendor)) return memoryFields('unified', undefined);
  return memoryFields('dedicated', controllerBytes(controller, sightings.platform));
}

function memoryFields(memory: 'dedicated' | 'unified', bytes: number | undefined) {
  if (bytes === undefined) return { memory, vram_total_bytes: null, vram_gb: null };
  return { memory, vram_total_bytes: bytes, vram_gb: gibOf(bytes) };
}

// AdapterRAM has 32 bits; for every larger card Windows gives this, and the registry may not know better.
const ADAPTER_RAM_LIMIT_MIB = 4095;

function controllerBytes({ memoryTotal, vram }: GraphicsController, platform: NodeJS.Platform): number | undefined {
  if (memoryTotal !== undefined) return memoryTotal * MIB;
  // On Linux it is the largest PCI window: 256 MiB or 32 GiB for a 24 GiB card (systeminformation issues 170, 1035).
  if (vram === undefined || platform === 'linux') return undefined;
  return platform === 'win32' && vram === ADAPTER_RAM_LIMIT_MIB ? undefined : vram * MIB;
}

/** Graphics in the processor, which borrow the system's memory. */
function isIntegrated(controller: GraphicsController, vendor: InventoryVendor): boolean {
  if (vendor !== 'intel') return vendor === 'other' && controller.vramDynamic;
  const onBusZero = busOf(controller)?.startsWith('0000:00:') ?? false;
  return onBusZero || controller.bus === 'Built-In' || /\bU?HD Graphics\b|\bIris\b/i.test(controller.model ?? '');
}

function vendorName(vendor: InventoryVendor): string {
  return vendor === 'other' ? 'Unknown' : gpuVendors[vendor].name;
}

function vendorOf({ vendor = '', model = '' }: GraphicsController): InventoryVendor {
  const text = `${vendor} ${model}`;
  return gpuVendorIds.find((id) => gpuVendors[id].mention.test(text)) ?? 'other';
}

/** `lspci` knows the number of a card newer than its list, and nothing else. */
function isUnnamed({ name, model }: GraphicsController): boolean {
  return name === undefined && (model === undefined || /^Device [0-9a-f]{4}$/i.test(model));
}

function nameOf(controller: GraphicsController, vendor: InventoryVendor): string {
  const name = controller.name ?? controller.model ?? 'GPU';
  return isUnnamed(controller) && vendor !== 'other' ? `${vendorName(vendor)} ${name}` : name;
}

// Adapters of servers' management chips, of virtual machines and of remote desktops.
const virtualAdapter = new RegExp(
  [
    'aspeed|matrox|mga g200|silicon motion|hisilicon|hibmc|cirrus|displaylink',
    'qxl|red hat|virtio|vmware|svga|virtualbox|innotek|bochs|qemu|xen|citrix|parallels|amazon|google',
    'microsoft|hyper-v|basic display|remote display|standard (vga|display)|virtual|parsec',
  ].join('|'),
  'i',
);

function isVirtual(controller: GraphicsController, platform: NodeJS.Platform): boolean {
  // On Windows only what sits on the PCI bus has one.
  if (platform === 'win32' && controller.bus === undefined) return true;
  const text = `${controller.vendor ?? ''} ${controller.model ?? ''}`;
  // Names of real cards are not searched: a vGPU is a GPU, and a new card may be called anything.
  return /paravirtual/i.test(text) || (vendorOf(controller) === 'other' && virtualAdapter.test(text));
}

function busOf(controller: GraphicsController): string | null {
  return pciBusOf(controller.pciBus) ?? pciBusOf(controller.busAddress) ?? null;
}

/** `nvidia-smi` writes the domain with eight digits, the kernel with four, `lspci` often not at all. */
function pciBusOf(text: string | undefined): string | undefined {
  const match = /^(?:(?:0000)?([0-9a-f]{4}):)?([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])$/i.exec(text ?? '');
  return match === null ? undefined : `${match[1] ?? '0000'}:${match[2]}`.toLowerCase();
}
