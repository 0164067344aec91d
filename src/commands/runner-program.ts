import { fileURLToPath } from 'node:url';
import type { CommandContext } from './command.js';

/** Where the build puts the program of the runner. */
export function runnerProgram({ installation }: Pick<CommandContext, 'installation'>): string {
  return fileURLToPath(new URL('runner/child.cjs', installation));
}
