/**
 * The inventory as an earlier reading left it in `hardware_profile.json`. Reading it anew starts a dozen programs; most
 * of it cannot change while the machine is up, and what can (GPUs, their driver) is looked at each time.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { readSystemFile } from '../system/system-file.js';
import {
  type HardwareProfile,
  hardwareProfileSchema,
  type ListedGpus,
  listGpus,
  type ProfileOptions,
  readHardwareProfile,
} from './profile.js';

export interface CurrentProfile {
  readonly profile: HardwareProfile;
  /**
   * Hex digits that stay the same while the machine is up with the same memory, GPUs and driver; `undefined` where the
   * system does not tell when it was started, or where something of the profile could not be read.
   */
  readonly inventoryKey: string | undefined;
  /** Whether it was taken from the file. */
  readonly isKept: boolean;
}

/** Beside everything else that stands in `hardware_profile.json`. */
const keptSchema = hardwareProfileSchema.extend({ inventory_key: z.string() });

/**
 * The profile, read anew unless `keptFile` holds one of this boot and this hardware. Without `keptFile` it is always
 * read anew. Throws `MachineIdError` alone.
 */
export async function currentProfile(
  options: ProfileOptions & { readonly keptFile: string | undefined },
): Promise<CurrentProfile> {
  const listed = await listGpus(options);
  const key = await keyOf(options.machine.root, listed);
  const kept = key === undefined ? undefined : await cachedProfile(options.keptFile, key);
  if (kept !== undefined) return { profile: kept, inventoryKey: key, isKept: true };
  const profile = await readHardwareProfile({ ...options, listed });
  return { profile, inventoryKey: profile.warnings.length === 0 ? key : undefined, isKept: false };
}

/** Hashed: the kernel's boot id is nobody else's business. */
async function keyOf(root: string, listed: ListedGpus): Promise<string | undefined> {
  const bootId = await readSystemFile(join(root, 'proc/sys/kernel/random/boot_id'));
  if (bootId === undefined || bootId === '') return undefined;
  const memory = /^MemTotal:.*$/m.exec((await readSystemFile(join(root, 'proc/meminfo'))) ?? '')?.[0];
  const known = JSON.stringify([bootId, memory, listed]);
  return createHash('sha256').update(known).digest('hex').slice(0, 32);
}

/** The profile that stands in `hardware_profile.json`, of whatever boot; `undefined` where none can be read. */
export async function writtenProfile(file: string): Promise<HardwareProfile | undefined> {
  return hardwareProfileSchema.safeParse(parsedJson(await readFile(file, 'utf8').catch(() => ''))).data;
}

async function cachedProfile(file: string | undefined, key: string): Promise<HardwareProfile | undefined> {
  if (file === undefined) return undefined;
  const parsed = keptSchema.safeParse(parsedJson(await readFile(file, 'utf8').catch(() => '')));
  if (!parsed.success || parsed.data.inventory_key !== key) return undefined;
  const { inventory_key: _, ...profile } = parsed.data;
  return profile;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
