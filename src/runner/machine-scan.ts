/** The hardware and the servers of this machine: `typhon scan`, `POST /scan` and `hardware_profile.json`. */
import { z } from 'zod';
import type { Config } from '../config/schema.js';
import { explainSurroundings, inspectSurroundings } from '../hardware/container.js';
import type { HardwareMachine } from '../hardware/gpu-source.js';
import { hardwareProfileSchema, readHardwareProfile } from '../hardware/profile.js';
import { type Survey, surveyServers } from '../servers/survey.js';

export const machineScanSchema = hardwareProfileSchema.extend({
  /** What can be read of the GPUs here, and what would help, in words. */
  notes: z.array(z.string()),
  /** The configured targets in their order, then what else was discovered. */
  servers: z.array(
    z.looseObject({ state: z.enum(['found', 'failed']), target: z.string().nullable(), api_base: z.string() }),
  ),
});
export type MachineScan = z.infer<typeof machineScanSchema>;

export interface ScanOptions {
  readonly targets: Config['targets'];
  /** See `ProfileOptions`. */
  readonly machineIdFile: string;
  readonly machine: HardwareMachine;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/** Rejects with the signal's reason or `MachineIdError`. */
export async function scanMachine(
  options: ScanOptions,
): Promise<{ readonly scan: MachineScan; readonly survey: Survey }> {
  const { targets, machineIdFile, machine, now, signal } = options;
  // One after the other: reading the hardware may block for a moment, and the servers' answers have a time limit.
  const survey = await surveyServers(targets, { signal });
  const profile = await readHardwareProfile({ now, machine, machineIdFile });
  const notes = explainSurroundings(await inspectSurroundings(machine));
  const scan = { ...profile, notes: [...notes], servers: survey.servers.map((server) => ({ ...server })) };
  return { scan, survey };
}
