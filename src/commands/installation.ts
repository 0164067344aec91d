import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { ReadPageFile } from '../api/page-files.js';
import type { EngineModule } from '../reference/engine-module.js';

/** typhon's own parts: files beside `main.js`, or all of them inside of the single program. */
export interface Installation {
  /** What `fork` is given to start another typhon: words that go before those of the command line. */
  readonly typhon: readonly string[];
  /** What `fork` is given to start the runner. */
  readonly runner: string;
  /** What `fork` is given to start the process that judges a long chronicle. */
  readonly judging: string;
  readonly readPageFile: ReadPageFile;
  /** Loads llama.cpp's bindings, which may be unpacked into the folder for that. */
  readonly importEngine: (folder: string) => Promise<EngineModule>;
}

/** The parts as the build puts them into a folder, given with a slash at its end. */
export function installationIn(folder: URL): Installation {
  const path = (name: string) => fileURLToPath(new URL(name, folder));
  return {
    typhon: [path('main.js')],
    runner: path('runner/child.cjs'),
    judging: path('judging/judging-child.cjs'),
    readPageFile: (name) => readFile(path(`web/${name}`)),
    importEngine: async () => {
      const { importEngine } = await import('../reference/engine-module.js');
      return importEngine();
    },
  };
}
