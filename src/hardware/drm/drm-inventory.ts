/**
 * GPUs as the Linux kernel lists them. Unlike `lspci` it is there in every container, and it knows the memory of AMD's
 * and Intel's cards; `lspci` shows the window onto it, which may be smaller or larger.
 */
import { join } from 'node:path';
import type { GpuMemoryKind } from '../gpu-sample.js';
import { listFolder, readSystemFile } from '../system/system-file.js';
import { type DrmCard, hwmonFolder, isAmdIntegrated, isIntelIntegrated, listDrmCards } from './drm-cards.js';

export interface DrmGpu {
  /** PCI ids, four hex digits each: `1002`, `744c`. */
  readonly vendorId: string;
  readonly deviceId: string;
  readonly pciBus: string;
  /** The kernel's driver: `amdgpu`, `xe`, `i915`, `nouveau`, … */
  readonly driver: string;
  /** As the card's maker named it, where it did. */
  readonly name: string | undefined;
  readonly uuid: string | undefined;
  readonly memory: GpuMemoryKind;
  readonly memoryBytes: number | undefined;
}

const drivers = ['amdgpu', 'radeon', 'i915', 'xe', 'nouveau', 'nvidia'];

/** The cards in the kernel's order; none where it lists none. `root` is normally `/`. */
export async function readDrmInventory(root: string): Promise<readonly DrmGpu[]> {
  const gpus = await Promise.all((await listDrmCards(root, drivers)).map(gpuOf));
  return gpus.flatMap((gpu) => gpu ?? []);
}

async function gpuOf(card: DrmCard): Promise<DrmGpu | undefined> {
  const { devicePath, pciAddress, driver } = card;
  const fileOf = (name: string) => readSystemFile(join(devicePath, name));
  const [vendorId, deviceId] = [pciId(await fileOf('vendor')), pciId(await fileOf('device'))];
  if (vendorId === undefined || deviceId === undefined) return undefined;
  const memory = (await isIntegrated(card)) ? 'unified' : 'dedicated';
  return {
    vendorId,
    deviceId,
    pciBus: pciAddress,
    driver,
    name: (await fileOf('product_name')) || undefined,
    uuid: (await fileOf('unique_id')) || undefined,
    memory,
    memoryBytes: await memoryBytes(devicePath, memory),
  };
}

function pciId(text: string | undefined): string | undefined {
  return /^0x([0-9a-f]{4})$/i.exec(text ?? '')?.[1]?.toLowerCase();
}

async function isIntegrated(card: DrmCard): Promise<boolean> {
  if (card.driver === 'amdgpu') return isAmdIntegrated(await hwmonFolder(card.devicePath));
  return (card.driver === 'i915' || card.driver === 'xe') && isIntelIntegrated(card);
}

async function memoryBytes(devicePath: string, memory: GpuMemoryKind): Promise<number | undefined> {
  const sizeOf = async (name: string) => wholeNumber(await readSystemFile(join(devicePath, name)));
  const amd = await sizeOf('mem_info_vram_total');
  if (amd !== undefined) {
    // What an APU's models use lies mostly in the system memory that is mapped for it.
    return amd + (memory === 'unified' ? ((await sizeOf('mem_info_gtt_total')) ?? 0) : 0);
  }
  // Intel's xe driver tells the memory of each tile of the chip.
  const tiles = (await listFolder(devicePath)).filter((name) => /^tile\d+$/.test(name));
  const sizes = await Promise.all(tiles.map((tile) => sizeOf(`${tile}/physical_vram_size_bytes`)));
  const total = sizes.reduce((sum: number, bytes) => sum + (bytes ?? 0), 0);
  return total > 0 ? total : undefined;
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
