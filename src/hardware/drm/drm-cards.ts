/** Graphics cards as the Linux kernel lists them below `/sys/class/drm`. */
import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { listFolder, readSystemFile } from '../system/system-file.js';

export interface DrmCard {
  /** Place among the cards of the same driver, from 0. */
  readonly index: number;
  /** `/sys/class/drm/cardN`. */
  readonly path: string;
  /** The PCI device behind it, with links resolved. */
  readonly devicePath: string;
  /** e.g. `0000:03:00.0`. */
  readonly pciAddress: string;
  readonly driver: string;
}

/** Cards of these drivers in the kernel's order; none where there is no such folder. */
export async function listDrmCards(root: string, drivers: readonly string[]): Promise<readonly DrmCard[]> {
  const folder = join(root, 'sys/class/drm');
  const numbers = (await listFolder(folder))
    .flatMap((name) => /^card(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const cards: DrmCard[] = [];
  for (const number of numbers) {
    const path = join(folder, `card${number}`);
    const device = await deviceOf(path);
    if (device === undefined || !drivers.includes(device.driver)) continue;
    cards.push({ index: cards.length, path, ...device });
  }
  return cards;
}

async function deviceOf(cardPath: string): Promise<Pick<DrmCard, 'devicePath' | 'pciAddress' | 'driver'> | undefined> {
  try {
    const devicePath = await realpath(join(cardPath, 'device'));
    const driver = basename(await readlink(join(devicePath, 'driver')));
    return { devicePath, pciAddress: basename(devicePath), driver };
  } catch {
    return undefined;
  }
}

/** The card's first hwmon folder; `undefined` where the driver registers none. */
export async function hwmonFolder(devicePath: string): Promise<string | undefined> {
  const folder = join(devicePath, 'hwmon');
  const name = (await listFolder(folder)).filter((entry) => entry.startsWith('hwmon')).sort()[0];
  return name === undefined ? undefined : join(folder, name);
}

/** Intel's graphics in the processor: it always sits on PCI bus 0. */
export function isIntelIntegrated({ pciAddress }: Pick<DrmCard, 'pciAddress'>): boolean {
  return /^[0-9a-f]{4}:00:/.test(pciAddress);
}

/**
 * AMD's graphics in the processor, by the card's hwmon folder. The kernel's amdgpu documentation: `in1_input`, the
 * northbridge voltage, exists on APUs alone. Reading it would wake a sleeping card, its name does not.
 */
export async function isAmdIntegrated(hwmonPath: string | undefined): Promise<boolean> {
  return hwmonPath !== undefined && (await listFolder(hwmonPath)).includes('in1_input');
}

/**
 * The device whose PCI link is the slot's. Cards with a PCIe switch of their own show that switch's inner link at the
 * GPU; the switch carries the card vendor's id, the mainboard's ports another.
 */
export async function slotDevice(devicePath: string, cardVendorId: string): Promise<string> {
  const parent = dirname(devicePath);
  if ((await readSystemFile(join(parent, 'vendor'))) !== cardVendorId) return devicePath;
  return slotDevice(parent, cardVendorId);
}
