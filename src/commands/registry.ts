import { agent } from './agent.js';
import type { CommandDefinition } from './command.js';
import { configCheck } from './config-check.js';
import { demo } from './demo.js';
import { reference } from './reference.js';
import { run } from './run.js';
import { scan } from './scan.js';

/** Every command, in the order of the help. */
export const commands = [agent, run, scan, demo, reference, configCheck] as const satisfies readonly CommandDefinition[];
