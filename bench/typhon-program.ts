import { installationIn } from '../src/commands/installation.js';

/** What was built; this file runs from `dist-bench/bench`. */
const installation = installationIn(new URL('../../dist/', import.meta.url));

export const typhonProgram = installation.typhon.join(' ');

/** The built runner, as runs have it. */
export const builtRunner = installation.runner;
