import type { HardwareMachine } from '../hardware/gpu-source.js';
import { serverCommand } from '../hardware/system/server-command.js';
import { type LocalMachine, thisMachine } from '../servers/local-address.js';

/** This machine as its servers are looked for: with a look at how the process behind a port was started. */
export function localMachine(machine: Pick<HardwareMachine, 'platform' | 'root' | 'env'>): LocalMachine {
  return { ...thisMachine(), commandOf: (port) => serverCommand(machine, port) };
}
