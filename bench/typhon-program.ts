import { fileURLToPath } from 'node:url';
import { runnerProgram } from '../src/commands/runner-program.js';

/** What was built; this file runs from `dist-bench/bench`. */
const installation = new URL('../../dist/', import.meta.url);

export const typhonProgram = fileURLToPath(new URL('main.js', installation));

/** The built runner, as runs have it. */
export const builtRunner = runnerProgram({ installation });
