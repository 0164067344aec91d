import { fileURLToPath } from 'node:url';

/** The built command; this file runs from `dist-bench/bench`. */
export const typhonProgram = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
