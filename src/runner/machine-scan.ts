/** The hardware and the servers of this machine: `typhon scan`, `POST /scan` and `hardware_profile.json`. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import type { Config } from '../config/schema.js';
import type { HardwareMachine } from '../hardware/gpu-source.js';
import { explainSurroundings, inspectSurroundings } from '../hardware/inventory/container.js';
import { type HardwareProfile, hardwareProfileSchema, type ProfileOptions } from '../hardware/inventory/profile.js';
import { currentProfile } from '../hardware/inventory/profile-cache.js';
import { type Survey, surveyServers } from '../servers/survey.js';
import { useByProcesses } from './busy-check.js';
import { localMachine } from './local-machine.js';
import type { LocalSight } from './local-sight.js';

const serversSchema = z.array(
  z.looseObject({ state: z.enum(['found', 'failed']), target: z.string().nullable(), api_base: z.string() }),
);

export const machineScanSchema = hardwareProfileSchema.extend({
  /** Runs take the inventory from the file while this stays the same; `null` where it is to be read at each. */
  inventory_key: z.string().nullable(),
  /** What can be read of the GPUs here, and what would help, in words. */
  notes: z.array(z.string()),
  /** The configured targets in their order, then what else was discovered. */
  servers: serversSchema,
});
export type MachineScan = z.infer<typeof machineScanSchema>;

export interface ScanOptions {
  readonly targets: Config['targets'];
  /** See `ProfileOptions`. */
  readonly machineIdFile: string;
  readonly machine: HardwareMachine;
  readonly sight: LocalSight;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** Rejects with the signal's reason or `MachineIdError`. */
export async function scanMachine(
  options: ScanOptions,
): Promise<{ readonly scan: MachineScan; readonly survey: Survey }> {
  const { targets, machineIdFile, machine, sight, now, signal } = options;
  // One after the other: reading the hardware may block for a moment, and the servers' answers have a time limit.
  const survey = await surveyServers(targets, {
    signal,
    useOf: (apiBase) => useByProcesses(apiBase, sight),
    discovery: { environment: machine.env, machine: localMachine(machine) },
  });
  const { profile, inventoryKey } = await currentProfile({ now, machine, machineIdFile, keptFile: undefined });
  const scan = {
    ...profile,
    inventory_key: inventoryKey ?? null,
    notes: await notesOn(machine),
    servers: survey.servers.map((server) => ({ ...server })),
  };
  return { scan, survey };
}

export interface RunProfileOptions extends Pick<ProfileOptions, 'now' | 'machineIdFile' | 'gpuTimeoutMs'> {
  readonly machine: HardwareMachine;
  /** `hardware_profile.json`. */
  readonly file: string;
  readonly write: (scan: MachineScan) => Promise<void>;
}

/**
 * The profile for one benchmark. One that had to be read anew is written down, beside the servers of the last scan.
 * Rejects with `MachineIdError` or what `write` rejects with.
 */
export async function profileForRun(options: RunProfileOptions): Promise<HardwareProfile> {
  const { file, write, ...asked } = options;
  const { machine } = asked;
  const { profile, inventoryKey, isKept } = await currentProfile({ ...asked, keptFile: file });
  if (!isKept) {
    const servers = await scannedServers(file);
    await write({ ...profile, inventory_key: inventoryKey ?? null, notes: await notesOn(machine), servers });
  }
  return profile;
}

async function notesOn(machine: HardwareMachine): Promise<string[]> {
  return [...explainSurroundings(await inspectSurroundings(machine))];
}

async function scannedServers(file: string): Promise<MachineScan['servers']> {
  try {
    return z.object({ servers: serversSchema }).parse(JSON.parse(await readFile(file, 'utf8'))).servers;
  } catch {
    return [];
  }
}
