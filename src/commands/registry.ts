import type { CommandDefinition } from './command.js';
import { configCheck } from './config-check.js';

/** Every command, in the order of the help. */
export const commands = [configCheck] as const satisfies readonly CommandDefinition[];
