import { join } from 'node:path';
import type { HardwareMachine } from '../gpu-source.js';
import { findProgram } from '../system/program.js';

// Under WSL the tool lies beside the driver's libraries, where a service's PATH seldom leads.
const WSL_FOLDER = 'usr/lib/wsl/lib';

/** Absolute path of `nvidia-smi`; `undefined` where it is not installed. */
export function findNvidiaSmi(
  machine: Pick<HardwareMachine, 'platform' | 'root' | 'env'>,
): Promise<string | undefined> {
  return findProgram('nvidia-smi', machine, [join(machine.root, WSL_FOLDER)]);
}
